import { existsSync } from "node:fs";
import { join } from "node:path";
import type { JobResult } from "@berth/protocol/job-result";
import type { KubernetesApplySpec, KubernetesPlanSpec } from "@berth/protocol/job-spec";
import { addRegistry } from "@berth/testkit/scripted-registry";
import type { GatewayJob } from "@berth/testkit/scripted-gateway";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGround, type TestGround } from "../../testing/kubernetes.ts";

let ground: TestGround;
beforeAll(async () => (ground = await startGround()));
afterAll(() => ground[Symbol.asyncDispose]());

let targets = 0;
/** A component of its own in a namespace of its own. */
function component(more: Partial<KubernetesPlanSpec> = {}): {
  target: string;
  namespace: string;
  spec: (text: string) => KubernetesPlanSpec;
  gone: KubernetesPlanSpec;
} {
  const target = `component:c${++targets}`;
  const namespace = `${ground.namespace}-${targets}`;
  const spec = (text: string): KubernetesPlanSpec => ({
    kind: "kubernetes.plan",
    target,
    cluster: ground.access,
    namespace,
    source: { kind: "documents", text },
    waitSeconds: 10,
    destroy: false,
    ...more,
  });
  return { target, namespace, spec, gone: { ...spec(""), destroy: true } };
}

async function plan(spec: KubernetesPlanSpec, redact: string[] = []): Promise<{ job: GatewayJob; result: JobResult; actions: string[] }> {
  const { job, result } = await ground.run(spec, { redact });
  if (!result.plan) throw new Error(`no plan: ${JSON.stringify(result.failure)}`);
  const actions = (job.shown?.objects ?? []).map(({ action, address }) => `${action} ${address}`);
  return { job, result, actions };
}

function applyOf(spec: KubernetesPlanSpec, result: JobResult): KubernetesApplySpec {
  const { digest = "", size = 0 } = result.plan ?? {};
  return { ...spec, kind: "kubernetes.apply", plan: { digest, size } };
}

async function deploy(spec: KubernetesPlanSpec): Promise<{ actions: string[]; result: JobResult; log: string }> {
  const planned = await plan(spec);
  const { result, log } = await ground.run(applyOf(spec, planned.result));
  return { actions: planned.actions, result, log };
}

const configMap = (name: string, value: string, more = ""): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${more}data:\n  key: ${JSON.stringify(value)}\n`;
const deployment = (name: string, image: string, more = ""): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  replicas: 2
${more}  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      containers: [{ name: main, image: "${image}" }]
`;
const job = (name: string, script: string): string => `apiVersion: batch/v1
kind: Job
metadata: { name: ${name} }
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers: [{ name: main, image: "busybox:1", command: ["sh", "-c", ${JSON.stringify(script)}] }]
`;
const docs = (...texts: string[]): string => texts.join("---\n");

describe("a Kubernetes manifest", () => {
  it("is planned object by object, applied, found unchanged, changed, pruned and removed", async () => {
    const { spec, namespace, gone } = component();
    const first = spec(docs(configMap("settings", "one"), configMap("extra", "x"), deployment("web", "nginx:1.27")));
    const made = await deploy(first);
    expect(made.actions).toEqual([
      `create ConfigMap ${namespace}/extra`,
      `create ConfigMap ${namespace}/settings`,
      `create Deployment ${namespace}/web`,
      `create Namespace ${namespace}`,
    ]);
    expect(made.result).toMatchObject({
      outcome: "succeeded",
      outputs: {
        deployments: { value: { web: { replicas: 2, ready: 2, images: ["nginx:1.27"] } } },
        resources: { value: expect.arrayContaining([{ apiVersion: "v1", kind: "ConfigMap", name: "settings", namespace }]) as unknown },
      },
    });
    const again = await plan(first);
    expect(again.actions).toEqual([]);
    expect(again.result).toMatchObject({ plan: { hasChanges: false }, outputs: { deployments: { value: { web: { ready: 2 } } } } });

    const second = spec(docs(configMap("settings", "two"), deployment("web", "nginx:1.27")));
    const changed = await deploy(second);
    expect(changed.actions).toEqual([`delete ConfigMap ${namespace}/extra`, `update ConfigMap ${namespace}/settings`]);
    expect(changed.result.outcome).toBe("succeeded");
    expect(ground.cluster.object("configmaps", "settings", namespace)).toMatchObject({ data: { key: "two" } });
    expect(ground.cluster.object("configmaps", "extra", namespace)).toBeUndefined();

    const removed = await deploy(gone);
    expect(removed.actions).toEqual([`delete ConfigMap ${namespace}/settings`, `delete Deployment ${namespace}/web`]);
    expect(removed.result.outcome).toBe("succeeded");
    expect(ground.cluster.object("namespaces", namespace)).toBeUndefined();
    // What is gone already is no error, and nothing to do.
    expect((await plan(gone)).result.plan).toMatchObject({ hasChanges: false });
  });

  it("shows what somebody has changed by hand, and says whose fields it takes over", async () => {
    const { spec, namespace } = component();
    const wanted = spec(docs(configMap("settings", "ours")));
    await deploy(wanted);
    const kubectl = await ground.kubectl(
      ["apply", "--server-side", "--field-manager=operator", "--force-conflicts", "-f", "-"],
      configMap("settings", "theirs", `  namespace: ${namespace}\n`),
    );
    expect(kubectl).toBe(0);
    const drifted = await plan(wanted);
    expect(drifted.actions).toEqual([`update ConfigMap ${namespace}/settings`]);
    expect(drifted.job.shown?.objects[0]).toMatchObject({ before: { data: { key: "theirs" } }, after: { data: { key: "ours" } } });
    expect(drifted.job.shown?.header.notes.join()).toContain("fields that operator has set are taken over: .data.key");
  });

  it("is refused when what stands has changed since the plan, and when its bytes are not the approved ones", async () => {
    const { spec, namespace } = component();
    await deploy(spec(configMap("settings", "one")));
    const next = spec(configMap("settings", "two"));
    const planned = await plan(next);
    await ground.kubectl(
      ["apply", "--server-side", "--field-manager=operator", "--force-conflicts", "-f", "-"],
      configMap("settings", "else", `  namespace: ${namespace}\n`),
    );
    const stale = await ground.run(applyOf(next, planned.result));
    expect(stale.result).toMatchObject({ outcome: "failed", failure: { reason: "plan_stale" } });
    expect(ground.cluster.object("configmaps", "settings", namespace)).toMatchObject({ data: { key: "else" } });
    const altered = await plan(next);
    altered.job.plan = Buffer.from(`${altered.job.plan?.toString()} `);
    expect((await ground.run(applyOf(next, altered.result))).result).toMatchObject({ failure: { reason: "digest_mismatch" } });
  });

  it("keeps secrets out of plan and log", async () => {
    const { spec } = component();
    const secret = `apiVersion: v1\nkind: Secret\nmetadata: { name: login }\nstringData: { password: hunter22 }\n`;
    const text = docs(secret, configMap("settings", "url: postgres://u:s3cretvalue@db"));
    const planned = await plan(spec(text), ["s3cretvalue"]);
    expect(JSON.stringify(planned.job.shown)).not.toMatch(/hunter22|aHVudGVyMjI|s3cretvalue/);
    const { log, result } = await ground.run(applyOf(spec(text), planned.result), { redact: ["s3cretvalue"] });
    expect(result.outcome).toBe("succeeded");
    expect(log + JSON.stringify(result)).not.toMatch(/hunter22|s3cretvalue/);
  });

  it("tells why it does not become ready, down to the container", async () => {
    const { spec, namespace } = component({ waitSeconds: 3 });
    const { result } = await deploy(spec(deployment("web", "registry.example.org/does-not-exist:1")));
    expect(result).toMatchObject({ outcome: "failed", failure: { reason: "not_ready" } });
    expect(result.failure?.detail).toContain(`Deployment ${namespace}/web is not ready after 3 s`);
    expect(result.failure?.detail).toMatch(/container main: (ImagePullBackOff|ErrImagePull)/);
  });

  it("runs a Job to its end with its log, tells of one that fails, and makes one again that can't be changed", async () => {
    const { spec } = component();
    const good = await deploy(spec(job("migrate", "echo migrated all")));
    expect(good.result.outcome).toBe("succeeded");
    expect(good.log).toContain("migrated all");
    const bad = await deploy(spec(job("migrate", "echo about to fail; exit 3")));
    expect(bad.actions).toEqual([expect.stringMatching(/^replace Job /)]);
    expect(bad.result).toMatchObject({ outcome: "failed", failure: { reason: "not_ready" } });
    expect(bad.result.failure?.detail).toMatch(/failed: BackoffLimitExceeded/);
    expect(bad.log).toContain("about to fail");
  });

  it("can bring a kind and objects of it in one go", async () => {
    const { spec, namespace, target, gone } = component();
    const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: boats.harbour.example }
spec:
  group: harbour.example
  scope: Namespaced
  names: { kind: Boat, plural: boats, singular: boat }
  versions:
    - name: v1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }
`;
    const boat = `apiVersion: harbour.example/v1\nkind: Boat\nmetadata: { name: ship }\nspec: { masts: 3 }\n`;
    const made = await deploy(spec(docs(boat, definition)));
    expect(made.actions).toContain(`create Boat ${namespace}/ship`);
    expect(made.result.failure).toBeUndefined();
    expect(ground.cluster.object("boats", "ship", namespace)).toMatchObject({ spec: { masts: 3 } });
    expect((await plan(spec(docs(boat, definition)))).actions).toEqual([]);
    const look = () => ground.look({ namespace, made: { by: "inventory", target } });
    expect(await look()).toEqual({ status: "healthy", why: "2 objects are there and ready" });
    await ground.kubectl(["delete", "crd", "boats.harbour.example"]);
    expect(await look()).toMatchObject({
      status: "unhealthy",
      why: expect.stringContaining("CustomResourceDefinition boats.harbour.example") as string,
    });
    expect((await deploy(spec(docs(boat, definition)))).result.failure).toBeUndefined();
    expect((await deploy(gone)).result.outcome).toBe("succeeded");
    expect(ground.cluster.object("customresourcedefinitions", "boats.harbour.example")).toBeUndefined();
  });

  it("is looked at afterwards: what is not ready and why, what was deleted by hand, and that nobody could look", async () => {
    const { spec, namespace, target, gone } = component();
    const look = (more: Parameters<TestGround["look"]>[0] | object = {}) =>
      ground.look({ namespace, made: { by: "inventory", target }, ...more });
    await deploy(spec(docs(configMap("settings", "one"), deployment("web", "nginx:1.27"), job("migrate", "true"))));
    expect(await look()).toEqual({ status: "healthy", why: "3 objects are there and ready" });
    const asked = ground.cluster.requests.length;
    await look();
    // The inventory, the objects, and nothing of the discovery, which is kept.
    expect(ground.cluster.requests.slice(asked).length).toBeLessThanOrEqual(6);

    // An image that can't be pulled: the old pods go on.
    const broken = deployment("web", "registry.example.org/does-not-exist:1").replace(
      "metadata: { name: web }",
      `metadata: { name: web, namespace: ${namespace} }`,
    );
    await ground.kubectl(["apply", "--server-side", "--force-conflicts", "-f", "-"], broken);
    await expect.poll(async () => (await look()).why, { timeout: 60_000 }).toContain("container main: ");
    expect(await look()).toEqual({
      status: "degraded",
      why: expect.stringMatching(
        new RegExp(`^Deployment ${namespace}/web: .*; Pod ${namespace}/web-.*, container main: (ImagePullBackOff|ErrImagePull)`),
      ) as string,
    });
    await ground.kubectl(["delete", "configmap", "settings", "--namespace", namespace]);
    await ground.kubectl(["delete", "job", "migrate", "--namespace", namespace]);
    await ground.kubectl(["delete", "deployment", "web", "--namespace", namespace]);
    expect(await look()).toEqual({
      status: "unhealthy",
      why: `ConfigMap ${namespace}/settings: it is not there any more (and 1 more)`,
    });

    const away = ground.access.contents.replace(/127\.0\.0\.1:\d+/, "127.0.0.1:1");
    expect(await look({ cluster: { kind: "kubeconfig", contents: away } })).toEqual({
      status: "unknown",
      why: expect.stringContaining("The cluster can't be reached from the runner") as string,
    });
    const undo = ground.cluster.forbid(({ resource, verb }) => resource === "configmaps" && verb === "get");
    expect(await look()).toMatchObject({ status: "unknown", why: expect.stringContaining("may not do this") as string });
    undo();
    await deploy(gone);
    expect(await look()).toEqual({
      status: "unhealthy",
      why: expect.stringContaining("which lists its objects, is not there any more") as string,
    });
  });

  it("that can't be applied is refused in words that help", async () => {
    const { spec, namespace } = component();
    const failure = async (text: string) => (await ground.run(spec(text))).result.failure;
    expect(await failure("a: [")).toMatchObject({
      reason: "spec_invalid",
      detail: expect.stringMatching(/^document 1 of the manifest \(line 1\) is not YAML/) as string,
    });
    expect((await failure("---\nkind: X"))?.detail).toContain("has no apiVersion");
    expect((await failure(docs(configMap("a", "1"), configMap("a", "2"))))?.detail).toContain("one object, one document");
    expect((await failure("apiVersion: no.such/v1\nkind: Thing\nmetadata: { name: x }"))?.detail).toContain(
      "the cluster does not know Thing in no.such/v1",
    );
    await deploy(spec(deployment("web", "nginx:1.27")));
    const moved = await failure(deployment("web", "nginx:1.27").replaceAll("app: web", "app: other"));
    expect(moved?.detail).toMatch(new RegExp(`Deployment ${namespace}/web can't be changed in place: spec.selector is immutable`));
    const undo = ground.cluster.forbid(({ resource, verb }) => resource === "configmaps" && verb === "patch");
    expect((await failure(configMap("a", "1")))?.detail).toMatch(/may not do this in the cluster[\s\S]*configmaps/);
    undo();
    const away = {
      ...spec(configMap("a", "1")),
      cluster: { kind: "kubeconfig" as const, contents: ground.access.contents.replace(/127\.0\.0\.1:\d+/, "127.0.0.1:1") },
    };
    expect((await ground.run(away)).result.failure).toMatchObject({ reason: "cluster_unavailable" });
  });

  it("that was cut off in the middle is repaired by the next run, with nothing forgotten", async () => {
    const { spec, namespace, target, gone } = component();
    await deploy(spec(configMap("old", "1")));
    ground.cluster.hold(`${namespace}/deployment/web`);
    const wanted = spec(docs(configMap("new", "1"), deployment("web", "nginx:1.27")));
    const planned = await plan(wanted);
    const apply = ground.gateway.assign({ spec: applyOf(wanted, planned.result) });
    await ground.gateway.until("it waits for the deployment", () => ground.gateway.logOf(apply).includes("waiting for Deployment"), 60_000);
    process.kill(-ground.runner.jobProcess(apply.jobId).pid, "SIGKILL");
    expect(await ground.gateway.until("it is reported", () => apply.result, 60_000)).toMatchObject({ outcome: "failed" });
    ground.cluster.release(`${namespace}/deployment/web`);
    // Back to before: what the dead run has made is known, and goes.
    const back = await deploy(spec(configMap("old", "1")));
    expect(back.result.failure).toBeUndefined();
    expect(ground.cluster.objects("deployments", namespace)).toEqual([]);
    expect(
      ground.cluster
        .objects("configmaps", namespace)
        .map(({ metadata }) => metadata.name)
        .filter((name) => !/^(kube-root|berth-)/.test(String(name))),
    ).toEqual(["old"]);
    await deploy(gone);
    expect(target).toBeDefined();
  });

  it("comes from a kustomization with patches of the install", async () => {
    const registry = addRegistry(ground.gateway);
    const artifact = await registry.publish({
      "base/kustomization.yaml": "resources: [settings.yaml]\nnamePrefix: base-\n",
      "base/settings.yaml": configMap("settings", "one"),
      "overlay/kustomization.yaml": "resources: [../base]\n",
    });
    const { spec, namespace } = component();
    const patch = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: base-settings }\ndata: { key: patched }\n`;
    const wanted: KubernetesPlanSpec = {
      ...spec(""),
      source: { kind: "kustomize", artifact, path: "overlay", patches: [patch], enableHelm: false, loadRestrictor: "rootOnly" },
    };
    expect((await deploy(wanted)).result.failure).toBeUndefined();
    expect(ground.cluster.object("configmaps", "base-settings", namespace)).toMatchObject({ data: { key: "patched" } });
    const outside = { ...wanted, source: { ...wanted.source, path: "../../etc" } } as KubernetesPlanSpec;
    expect((await ground.run(outside)).result.failure?.detail).toContain("has no directory");
    expect(existsSync(join(ground.runner.dir, "jobs"))).toBe(true);
  });
});
