import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { runTool, type Ran } from "./run-tool.ts";
import { testCluster, type TestCluster } from "./test-cluster.ts";
import type { KubeObject } from "./object.ts";

let cluster: TestCluster;
let namespace = "";
let count = 0;

beforeAll(async () => {
  cluster = await testCluster();
});
afterAll(() => cluster[Symbol.asyncDispose]());
beforeEach(async () => {
  namespace = `${cluster.prefix}-${count++}`;
  await ok("create", "namespace", namespace);
});

const kubectl = (args: string[], stdin?: string): Promise<Ran> =>
  runTool("kubectl", { kubeconfig: cluster.kubeconfig, args, ...(stdin !== undefined && { stdin }) });

async function ok(...args: string[]): Promise<string> {
  const ran = await kubectl(args);
  expect(ran.code, `${args.join(" ")}: ${ran.stderr}`).toBe(0);
  return ran.stdout;
}

async function apply(objects: object[], ...flags: string[]): Promise<Ran> {
  return await kubectl(["apply", "-n", namespace, "-f", "-", ...flags], JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
}

async function get(what: string, name: string): Promise<KubeObject> {
  return JSON.parse(await ok("get", what, name, "-n", namespace, "-o", "json", "--show-managed-fields")) as KubeObject;
}

const deployment = (changes: { image?: string; replicas?: number; env?: object[]; seconds?: number } = {}): object => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", labels: { app: "web" } },
  spec: {
    replicas: changes.replicas ?? 2,
    progressDeadlineSeconds: changes.seconds ?? 60,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: {
        containers: [
          {
            name: "web",
            image: changes.image ?? "nginx:1.27",
            env: changes.env ?? [{ name: "A", value: "1" }],
            ports: [{ containerPort: 80 }],
            resources: { limits: { cpu: "500m", memory: "64Mi" } },
          },
        ],
      },
    },
  },
});
const config = (data: Record<string, string>): object => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings" }, data });
const job = (name: string, script: string, spec: object = {}): object => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name },
  spec: {
    ...spec,
    template: { spec: { restartPolicy: "Never", containers: [{ name: "main", image: "busybox:1", command: ["sh", "-c", script] }] } },
  },
});

describe("kubectl", () => {
  it("applies, rolls out, and finds nothing to do the second time", async () => {
    expect((await apply([deployment(), config({ a: "1" })])).stdout).toContain("deployment.apps/web created");
    await ok("rollout", "status", "deployment/web", "-n", namespace, "--timeout=30s");
    expect((await apply([deployment(), config({ a: "1" })])).stdout).toBe("deployment.apps/web unchanged\nconfigmap/settings unchanged\n");
    const diff = await kubectl(["diff", "-n", namespace, "-f", "-"], JSON.stringify(deployment()));
    expect(diff).toMatchObject({ code: 0, stdout: "" });
  });

  it("shows a difference before it is made and leaves the object alone", async () => {
    await apply([deployment()]);
    const diff = await kubectl(["diff", "-n", namespace, "-f", "-"], JSON.stringify(deployment({ image: "nginx:1.28" })));
    expect(diff.code).toBe(1);
    expect(diff.stdout).toContain("-        image: nginx:1.27\n+        image: nginx:1.28\n");
    const before = await get("deployment", "web");
    const dry = await apply([deployment({ replicas: 5 })], "--dry-run=server");
    expect(dry.stdout).toContain("deployment.apps/web configured (server dry run)");
    expect((await get("deployment", "web")).metadata.generation).toBe(before.metadata.generation);
  });

  it("merges lists by name: what another added stays, what was applied and is left out goes", async () => {
    await apply([
      deployment({
        env: [
          { name: "A", value: "1" },
          { name: "B", value: "2" },
        ],
      }),
    ]);
    const patch = { spec: { template: { spec: { containers: [{ name: "web", env: [{ name: "OTHER", value: "x" }] }] } } } };
    await ok("patch", "deployment", "web", "-n", namespace, "-p", JSON.stringify(patch));
    await apply([deployment({ env: [{ name: "A", value: "9" }] })]);
    const env = await ok(
      "get",
      "deployment",
      "web",
      "-n",
      namespace,
      "-o",
      "jsonpath={range .spec.template.spec.containers[0].env[*]}{.name}={.value} {end}",
    );
    expect(env.split(" ").filter(Boolean).sort()).toEqual(["A=9", "OTHER=x"]);
  });

  it("refuses a field that another manager applied, and takes it with force", async () => {
    expect((await apply([config({ a: "1", b: "1" })], "--server-side", "--field-manager=first")).code).toBe(0);
    const refused = await apply([config({ a: "2" })], "--server-side", "--field-manager=second");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('Apply failed with 1 conflict: conflict with "first": .data.a');
    expect((await apply([config({ a: "2" })], "--server-side", "--field-manager=second", "--force-conflicts")).code).toBe(0);
    // `first` no longer owns `a`: leaving it out takes away only `b`.
    expect((await apply([config({})], "--server-side", "--field-manager=first")).code).toBe(0);
    expect((await get("configmap", "settings"))["data"]).toEqual({ a: "2" });
  });

  it("changes nothing when the same is applied twice by the server", async () => {
    await apply([deployment()], "--server-side");
    await ok("rollout", "status", "deployment/web", "-n", namespace, "--timeout=30s");
    const before = await get("deployment", "web");
    await apply([deployment()], "--server-side");
    expect(await get("deployment", "web")).toEqual(before);
  });

  it("moves an object from client-side to server-side apply", async () => {
    await apply([
      deployment({
        env: [
          { name: "A", value: "1" },
          { name: "B", value: "2" },
        ],
      }),
    ]);
    expect((await apply([deployment()], "--server-side")).stderr).toBe("");
    expect((await get("deployment", "web")).metadata.managedFields?.map(({ manager }) => manager)).not.toContain(
      "kubectl-client-side-apply",
    );
    const env = await ok("get", "deployment", "web", "-n", namespace, "-o", "jsonpath={.spec.template.spec.containers[0].env[*].name}");
    expect(env).toBe("A");
  });

  it("refuses to change a selector, and says where", async () => {
    await apply([deployment()]);
    const patch = { spec: { selector: { matchLabels: { app: "web", more: "x" } }, template: { metadata: { labels: { more: "x" } } } } };
    const refused = await kubectl(["patch", "deployment", "web", "-n", namespace, "-p", JSON.stringify(patch)]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/The Deployment "web" is invalid: spec.selector: Invalid value: .*field is immutable/);
  });

  it("refuses unknown fields and wrong types", async () => {
    const unknown = await apply([{ ...config({}), dta: {} }]);
    expect(unknown.stderr).toContain('strict decoding error: unknown field "dta"');
    const wrong = await apply([deployment({ env: [{ name: "A", value: 1 }] })]);
    expect(wrong.stderr).toContain(
      "cannot unmarshal number into Go struct field EnvVar.spec.template.spec.containers.env.value of type string",
    );
  });

  it("waits for a job, and prints what it printed", async () => {
    await apply([job("fine", "echo hello; echo world"), job("bad", "echo oh no; exit 3", { backoffLimit: 1 })]);
    await ok("wait", "job/fine", "-n", namespace, "--for=condition=Complete", "--timeout=60s");
    expect(await ok("logs", "job/fine", "-n", namespace)).toBe("hello\nworld\n");
    await ok("wait", "job/bad", "-n", namespace, "--for=condition=Failed", "--timeout=60s");
    const failed = (await get("job", "bad"))["status"] as { failed: number; conditions: { type: string; reason: string }[] };
    expect(failed.failed).toBe(2);
    expect(failed.conditions.find(({ type }) => type === "Failed")?.reason).toBe("BackoffLimitExceeded");
  });

  it("sees a rollout that does not get on: the image is not there", async () => {
    await apply([deployment({ image: "registry.invalid/does-not-exist:1", seconds: 1 })]);
    const status = await kubectl(["rollout", "status", "deployment/web", "-n", namespace, "--timeout=30s"]);
    expect(status.code).toBe(1);
    expect(status.stderr).toContain('deployment "web" exceeded its progress deadline');
    const waiting = "jsonpath={.items[0].status.containerStatuses[0].state.waiting.reason}";
    expect(await ok("get", "pods", "-n", namespace, "-o", waiting)).toMatch(/ImagePullBackOff|ErrImagePull/);
  });

  it("undoes a rollout", async () => {
    await apply([deployment()]);
    await ok("rollout", "status", "deployment/web", "-n", namespace, "--timeout=60s");
    await apply([deployment({ image: "nginx:1.28" })]);
    await ok("rollout", "status", "deployment/web", "-n", namespace, "--timeout=60s");
    await ok("rollout", "undo", "deployment/web", "-n", namespace);
    await ok("rollout", "status", "deployment/web", "-n", namespace, "--timeout=60s");
    expect(await ok("get", "deployment", "web", "-n", namespace, "-o", "jsonpath={.spec.template.spec.containers[0].image}")).toBe(
      "nginx:1.27",
    );
    expect(await ok("rollout", "history", "deployment/web", "-n", namespace)).toMatch(/\n2 .*\n3 /);
  });

  it("scales, restarts, labels, annotates", async () => {
    await apply([deployment()]);
    await ok("scale", "deployment/web", "-n", namespace, "--replicas=3");
    await ok("rollout", "restart", "deployment/web", "-n", namespace);
    await ok("rollout", "status", "deployment/web", "-n", namespace, "--timeout=60s");
    await ok("label", "deployment", "web", "-n", namespace, "tier=front");
    await ok("annotate", "deployment", "web", "-n", namespace, "note=x");
    expect(
      await ok("get", "deployments", "-n", namespace, "-l", "tier in (front, back),app!=other", "-o", "jsonpath={.items[*].spec.replicas}"),
    ).toBe("3");
    expect(await ok("get", "pods", "-n", namespace)).toMatch(/NAME +READY +STATUS +RESTARTS +AGE\nweb-/);
  });

  it("prunes by hand: what is no longer wanted is deleted, with what it owned", async () => {
    await apply([deployment(), config({ a: "1" })]);
    await ok("rollout", "status", "deployment/web", "-n", namespace, "--timeout=60s");
    await ok("delete", "deployment", "web", "-n", namespace, "--cascade=foreground", "--wait", "--timeout=60s");
    expect(await ok("get", "replicasets,pods", "-n", namespace, "-o", "name")).toBe("");
  });

  it("applies a kustomization", async () => {
    const dir = await mkdtemp(join(tmpdir(), "berth-kustomize-"));
    try {
      await mkdir(join(dir, "base"));
      await writeFile(join(dir, "base/web.json"), JSON.stringify(deployment()));
      await writeFile(join(dir, "base/kustomization.yaml"), "resources: [web.json]\n");
      const overlay = {
        resources: ["base"],
        namePrefix: "eu-",
        namespace,
        images: [{ name: "nginx", newTag: "1.28" }],
        configMapGenerator: [{ name: "c", literals: ["k=v"] }],
      };
      await writeFile(join(dir, "kustomization.yaml"), JSON.stringify(overlay));
      await ok("apply", "-k", dir);
      await ok("rollout", "status", "deployment/eu-web", "-n", namespace, "--timeout=60s");
      expect(await ok("get", "deployment", "eu-web", "-n", namespace, "-o", "jsonpath={.spec.template.spec.containers[0].image}")).toBe(
        "nginx:1.28",
      );
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });

  it("serves the kind of a definition, and takes its objects away with it", async () => {
    const group = `${namespace}.test`;
    const definition = {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: `widgets.${group}` },
      spec: {
        group,
        scope: "Namespaced",
        names: { plural: "widgets", kind: "Widget" },
        versions: [
          {
            name: "v1",
            served: true,
            storage: true,
            subresources: { status: {} },
            schema: {
              openAPIV3Schema: { type: "object", properties: { spec: { type: "object", properties: { size: { type: "integer" } } } } },
            },
          },
        ],
      },
    };
    await apply([definition]);
    await ok("wait", `crd/widgets.${group}`, "--for=condition=Established", "--timeout=60s");
    const widget = { apiVersion: `${group}/v1`, kind: "Widget", metadata: { name: "one" }, spec: { size: 3 } };
    expect((await apply([widget], "--server-side")).stderr).toBe("");
    expect(await ok("get", "widgets", "-n", namespace, "-o", "jsonpath={.items[*].spec.size}")).toBe("3");
    expect((await apply([{ ...widget, spec: { size: "big" } }], "--server-side")).code).toBe(1);
    await ok("delete", "crd", `widgets.${group}`, "--wait", "--timeout=60s");
    expect((await kubectl(["get", "widgets", "-n", namespace])).code).toBe(1);
  });

  it("deletes a namespace with all that is in it", async () => {
    await apply([deployment(), config({ a: "1" })]);
    await ok("delete", "namespace", namespace, "--wait", "--timeout=120s");
    expect((await kubectl(["get", "namespace", namespace])).stderr).toContain(`namespaces "${namespace}" not found`);
    expect((await apply([config({})])).stderr).toContain(`namespaces "${namespace}" not found`);
  });

  it("writes secrets in both spellings and asks what it may do", async () => {
    await ok("create", "secret", "generic", "typed", "-n", namespace, "--from-literal=k=v");
    await apply([{ apiVersion: "v1", kind: "Secret", metadata: { name: "plain" }, stringData: { k: "v" } }]);
    for (const name of ["typed", "plain"]) expect((await get("secret", name))["data"]).toEqual({ k: "dg==" });
    expect((await kubectl(["auth", "can-i", "create", "deployments", "-n", namespace])).stdout).toBe("yes\n");
  });
});
