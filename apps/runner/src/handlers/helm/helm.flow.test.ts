import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzipSync, gzipSync } from "node:zlib";
import type { JobResult } from "@berth/protocol/job-result";
import type { ArtifactRef, HelmApplySpec, HelmPlanSpec } from "@berth/protocol/job-spec";
import { runTool } from "@berth/testkit/kubernetes/run-tool";
import { kubernetesTools } from "@berth/testkit/kubernetes/tools";
import { addRegistry, type ScriptedRegistry } from "@berth/testkit/scripted-registry";
import type { GatewayJob } from "@berth/testkit/scripted-gateway";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { startGround, type TestGround } from "../../testing/kubernetes.ts";
import { mergeValues } from "./values.ts";

let ground: TestGround;
let registry: ScriptedRegistry;
beforeAll(async () => {
  ground = await startGround();
  registry = addRegistry(ground.gateway);
});
afterAll(() => ground[Symbol.asyncDispose]());

/** Packages one of our charts, with another version if wanted, and publishes it. */
async function chart(name: "web" | "fleet" | "vault", version?: string): Promise<ArtifactRef> {
  const dir = mkdtempSync(join(tmpdir(), "berth-chart-"));
  try {
    const { helm } = await kubernetesTools();
    cpSync(join(import.meta.dirname, "testing/charts", name), join(dir, name), { recursive: true });
    await promisify(execFile)(helm, ["package", join(dir, name), "-d", dir, ...(version === undefined ? [] : ["--version", version])]);
    const archive = readdirSync(dir).find((each) => each.endsWith(".tgz")) ?? "";
    return await registry.publishChart(readFileSync(join(dir, archive)));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

let releases = 0;
/** A release of its own in a namespace of its own. */
function release(artifact: ArtifactRef, set: Record<string, string> = {}, more: Partial<HelmPlanSpec> = {}): HelmPlanSpec {
  return {
    kind: "helm.plan",
    target: `component:h${++releases}`,
    artifact,
    cluster: ground.access,
    releaseName: "app",
    namespace: `${ground.namespace}-h${releases}`,
    valuesFiles: [],
    set,
    overrides: [],
    storageDriver: "secret",
    takeOwnership: false,
    waitSeconds: 20,
    atomic: false,
    runTests: false,
    destroy: false,
    ...more,
  };
}

async function plan(
  spec: HelmPlanSpec,
  redact: string[] = [],
): Promise<{ job: GatewayJob; result: JobResult; log: string; actions: string[]; notes: string }> {
  const { job, result, log } = await ground.run(spec, { redact });
  if (!result.plan) throw new Error(`no plan: ${JSON.stringify(result.failure)}`);
  const actions = (job.shown?.objects ?? []).map(
    ({ group, action, address }) => `${group === "objects" ? "" : `${group}: `}${action} ${address}`,
  );
  return { job, result, log, actions, notes: job.shown?.header.notes.join("\n") ?? "" };
}

const applyOf = (spec: HelmPlanSpec, result: JobResult): HelmApplySpec => ({
  ...spec,
  kind: "helm.apply",
  plan: { digest: result.plan?.digest ?? "", size: result.plan?.size ?? 0 },
});

async function deploy(spec: HelmPlanSpec) {
  const planned = await plan(spec);
  return { ...planned, planned: planned.job, ...(await ground.run(applyOf(spec, planned.result))) };
}

const helm = (namespace: string, ...args: string[]) =>
  runTool("helm", { kubeconfig: ground.cluster.kubeconfig, args: [...args, "--namespace", namespace] });
const at = (spec: HelmPlanSpec, address: string): string => address.replace(" ", ` ${spec.namespace}/`);

describe("a Helm release", () => {
  it("is planned object by object, installed as approved, found unchanged, upgraded, rolled back by an older chart, and removed", async () => {
    const old = await chart("web");
    const first = release(old, { replicas: "2", "env.MODE": "fast" });
    const made = await deploy(first);
    expect(made.actions).toEqual([
      ...["ConfigMap app-settings", "Deployment app", "Deployment app-cache", "Service app"].map((each) => `create ${at(first, each)}`),
      `hooks: create ${at(first, "Pod app-answers")}`,
    ]);
    expect(made.notes).toContain("chart web 1.2.0");
    expect(made.result.failure).toBeUndefined();
    expect(made.result.outputs).toMatchObject({
      release: {
        value: {
          name: "app",
          namespace: first.namespace,
          revision: 1,
          status: "deployed",
          chart: "web",
          version: "1.2.0",
          app_version: "7",
        },
      },
      deployments: { value: { app: { replicas: 2, ready: 2, images: ["registry.example.org/web:7"] } } },
      services: { value: { app: { type: "ClusterIP", ports: [80] } } },
    });
    // What another language's braces are, they stay.
    expect(ground.cluster.object("configmaps", "app-settings", first.namespace)).toMatchObject({
      data: { greeting: "Hello from app", template: '{{ user }} said {{"}}"}}' },
    });
    expect((await helm(first.namespace, "get", "values", "app", "-o", "json")).stdout.trim()).toBe('{"env":{"MODE":"fast"},"replicas":2}');

    const again = await plan(first);
    expect(again).toMatchObject({ actions: [], result: { plan: { hasChanges: false }, outputs: { release: { value: { revision: 1 } } } } });

    const second = { ...first, artifact: await chart("web", "1.3.0"), set: { ...first.set, "image.tag": "8" } };
    const upgraded = await deploy(second);
    expect(upgraded.notes).toContain("chart web 1.2.0 → web 1.3.0");
    expect(upgraded.actions).toEqual([`update ${at(first, "Deployment app")}`, `hooks: create ${at(first, "Pod app-answers")}`]);
    expect(upgraded.result.outputs).toMatchObject({ release: { value: { revision: 2, version: "1.3.0" } } });

    const back = await deploy(first);
    expect(back.planned.shown?.header.warnings).toMatchObject([
      { code: "downgrades", message: "registry.example.org/web goes back from 8 to 7" },
    ]);
    expect(back.result.outputs).toMatchObject({ release: { value: { revision: 3, version: "1.2.0" } } });

    const gone = await deploy({ ...first, destroy: true });
    expect(gone.actions).toContain(`delete ${at(first, "Deployment app")}`);
    expect(gone.result.outcome).toBe("succeeded");
    expect(ground.cluster.objects("deployments", first.namespace)).toEqual([]);
    expect((await plan({ ...first, destroy: true })).result.plan).toMatchObject({ hasChanges: false });
    expect((await helm(first.namespace, "list", "-a", "-q")).stdout).toBe("");
  });

  it("shows what was changed by hand, and puts it right", async () => {
    const spec = release(await chart("web"));
    await deploy(spec);
    expect(
      await ground.kubectl([
        "patch",
        "configmap",
        "app-settings",
        "--namespace",
        spec.namespace,
        "--type=merge",
        "-p",
        '{"data":{"greeting":"mine"}}',
      ]),
    ).toBe(0);
    const drifted = await plan(spec);
    expect(drifted.result.plan).toMatchObject({ hasChanges: true });
    expect(drifted.actions).toContain(`drift: update ${at(spec, "ConfigMap app-settings")}`);
    const { result } = await ground.run(applyOf(spec, drifted.result));
    expect(result.failure).toBeUndefined();
    expect(ground.cluster.object("configmaps", "app-settings", spec.namespace)).toMatchObject({ data: { greeting: "Hello from app" } });
    expect((await plan(spec)).result.plan).toMatchObject({ hasChanges: false });
  });

  it("runs hooks, brings its own kinds, and its tests where that is asked for", async () => {
    const fleet = release(await chart("fleet"), { masts: "4" });
    const made = await deploy(fleet);
    expect(made.result.failure).toBeUndefined();
    expect(made.actions.filter((each) => each.startsWith("hooks"))).toHaveLength(2);
    expect(ground.cluster.object("ships", "app", fleet.namespace)).toMatchObject({ spec: { masts: 4 } });
    const failing = await deploy({ ...fleet, set: { ...fleet.set, migrate: "echo can not migrate; exit 4" } });
    expect(failing.result).toMatchObject({ outcome: "failed", failure: { reason: "not_ready" } });
    expect(failing.result.failure?.detail).toContain("Job " + fleet.namespace + "/app-migrate failed");
    expect(failing.result.failure?.detail).toContain("can not migrate");
    // A release that failed is no release that is unchanged.
    expect((await plan({ ...fleet, set: { ...fleet.set, migrate: "echo can not migrate; exit 4" } })).result.plan?.hasChanges).toBe(true);
    expect((await deploy(fleet)).result.failure).toBeUndefined();

    const web = release(await chart("web"), {}, { runTests: true });
    const tested = await deploy(web);
    expect(tested.result.failure).toBeUndefined();
    expect(tested.log).toContain("it answers");
    const untrue = await deploy({ ...web, set: { test: "echo no answer; exit 1" } });
    expect(untrue.result).toMatchObject({
      outcome: "failed",
      failure: { reason: "helm_failed", detail: expect.stringContaining("its tests fail") as string },
    });
  });

  it("with random values installs those that were approved, keeps what it looks up, and shows none of them", async () => {
    const spec = release(await chart("vault"));
    const planned = await plan(spec);
    expect(planned.notes).toContain("new random values");
    const { documents } = JSON.parse(planned.job.plan?.toString() ?? "{}") as { documents: string[] };
    const values =
      documents
        .join("")
        .match(/(?:password|token): (\S+)/g)
        ?.map((each) => each.split(" ")[1] ?? "") ?? [];
    expect(values).toHaveLength(2);
    expect(values.filter((value) => JSON.stringify(planned.job.shown).includes(value))).toEqual([]);
    const { result, log } = await ground.run(applyOf(spec, planned.result));
    expect(result.failure).toBeUndefined();
    expect(values.filter((value) => log.includes(value))).toEqual([]);
    expect(ground.cluster.object("secrets", "fresh", spec.namespace)).toMatchObject({ data: { token: values[1] } });
    expect(ground.cluster.object("secrets", "kept", spec.namespace)).toMatchObject({ data: { password: values[0] } });
    expect((await plan(spec)).result.plan).toMatchObject({ hasChanges: false });
    // A change by hand is put right beside random values.
    const patch = '{"data":{"token":"bWluZQ=="}}';
    expect(await ground.kubectl(["patch", "secret", "fresh", "--namespace", spec.namespace, "--type=merge", "-p", patch])).toBe(0);
    const righted = await deploy(spec);
    expect(righted.actions).toContain(`drift: update Secret ${spec.namespace}/fresh`);
    expect(righted.result.failure).toBeUndefined();
    const gone = await deploy({ ...spec, destroy: true });
    expect(gone.notes).toMatch(/Secret kept stays[\s\S]*Claims that stateful sets have made stay/);
    expect(ground.cluster.object("secrets", "kept", spec.namespace)).toBeDefined();
  });

  it("tells why it does not become ready", async () => {
    const spec = release(await chart("web"), { "image.repository": "registry.example.org/does-not-exist" }, { waitSeconds: 4 });
    const { result } = await deploy(spec);
    expect(result).toMatchObject({ outcome: "failed", failure: { reason: "not_ready" } });
    expect(result.failure?.detail).toMatch(
      /Deployment \S+\/app is not ready after 4 s[\s\S]*container web: (ImagePullBackOff|ErrImagePull)/,
    );
    expect((await deploy({ ...spec, set: {} })).result.failure).toBeUndefined();
  });

  it("is stale when somebody has upgraded it since the plan; altered bytes are refused", async () => {
    const spec = release(await chart("web"));
    await deploy(spec);
    const next = { ...spec, set: { replicas: "3" } };
    const planned = await plan(next);
    const by = await helm(spec.namespace, "rollback", "app", "1");
    expect(by.code).toBe(0);
    expect((await ground.run(applyOf(next, planned.result))).result).toMatchObject({ failure: { reason: "plan_stale" } });
    const another = { ...spec, set: { replicas: "4" } };
    const other = await plan(another);
    other.job.plan = Buffer.from(`${other.job.plan?.toString()} `);
    expect((await ground.run(applyOf(another, other.result))).result).toMatchObject({ failure: { reason: "digest_mismatch" } });
    expect((await deploy(next)).result.failure).toBeUndefined();
  });

  it("that our own dead attempt has left pending is recovered; one that is not ours is left to a person", async () => {
    const spec = release(await chart("web"));
    await deploy(spec);
    ground.cluster.hold(`${spec.namespace}/deployment/app`);
    const next = { ...spec, set: { "image.tag": "9" } };
    const apply = ground.gateway.assign({ spec: applyOf(next, (await plan(next)).result) });
    await ground.cluster.until(
      () => ground.cluster.objects("secrets", spec.namespace).some(({ metadata }) => metadata.labels?.["status"] === "pending-upgrade"),
      30_000,
    );
    await ground.gateway.until("it waits", () => ground.gateway.logOf(apply).includes("waiting for"), 30_000);
    const child = ground.runner.jobProcesses();
    for (const { pid } of child) process.kill(-pid, "SIGKILL");
    expect(await ground.gateway.until("it is reported", () => apply.result, 60_000)).toMatchObject({ outcome: "failed" });
    ground.cluster.release(`${spec.namespace}/deployment/app`);
    const again = await plan(next);
    expect(again.notes).toMatch(/is pending-upgrade since .*, left by job \S+ \(attempt 1\), whose process is dead/);
    const { result, log } = await ground.run(applyOf(next, again.result));
    expect(result.failure).toBeUndefined();
    expect(log).toContain("is marked as failed");
    expect((await helm(spec.namespace, "list", "-q")).stdout.trim()).toBe("app");

    // The same record without our label is somebody else's.
    const [record] = ground.cluster.objects("secrets", spec.namespace).filter(({ metadata }) => metadata.labels?.["status"] === "deployed");
    await ground.kubectl([
      "label",
      "secret",
      String(record?.metadata.name),
      "--namespace",
      spec.namespace,
      "berth.dev/job-",
      "--overwrite",
      "status=pending-upgrade",
    ]);
    const data = (record as unknown as { data: { release: string } }).data.release;
    const inner = JSON.parse(gunzipSync(Buffer.from(Buffer.from(data, "base64").toString(), "base64")).toString()) as { info: object };
    const packed = Buffer.from(
      gzipSync(JSON.stringify({ ...inner, info: { ...inner.info, status: "pending-upgrade" } })).toString("base64"),
    ).toString("base64");
    await ground.kubectl([
      "patch",
      "secret",
      String(record?.metadata.name),
      "--namespace",
      spec.namespace,
      "--type=merge",
      "-p",
      JSON.stringify({ data: { release: packed } }),
    ]);
    const refused = (await ground.run(spec)).result.failure;
    expect(refused).toMatchObject({ reason: "release_locked" });
    expect(refused?.detail).toMatch(/is pending-upgrade since .* not by Berth[\s\S]*helm rollback app --namespace/);
  });

  it("is stopped politely, and goes on from there", async () => {
    const spec = release(await chart("web"));
    await deploy(spec);
    ground.cluster.hold(`${spec.namespace}/deployment/app`);
    const next = { ...spec, set: { "image.tag": "9" } };
    const apply = ground.gateway.assign({ spec: applyOf(next, (await plan(next)).result) });
    await ground.gateway.until("it waits", () => ground.gateway.logOf(apply).includes("waiting for"), 30_000);
    ground.gateway.send({ type: "job.cancel", jobId: apply.jobId, epoch: 1, reason: "enough" });
    expect(await ground.gateway.until("it ends", () => apply.result, 60_000)).toMatchObject({ outcome: "cancelled" });
    ground.cluster.release(`${spec.namespace}/deployment/app`);
    expect((await deploy(next)).result.failure).toBeUndefined();
  });

  it("takes over what is there only when told to", async () => {
    const spec = release(await chart("web"));
    await ground.kubectl(["create", "namespace", spec.namespace]);
    const there = `apiVersion: v1\nkind: Service\nmetadata: { name: app, namespace: ${spec.namespace} }\nspec: { ports: [{ name: http, port: 80 }] }\n`;
    await ground.kubectl(["apply", "-f", "-"], there);
    const refused = await ground.run(spec);
    expect(refused.result.failure).toMatchObject({
      reason: "helm_failed",
      detail: expect.stringContaining("take_ownership = true") as string,
    });
    expect((await deploy({ ...spec, takeOwnership: true })).result.failure).toBeUndefined();
  });
});

describe("values", () => {
  it("become what helm itself makes of files and --set", async () => {
    const { helm: path } = await kubernetesTools();
    const dir = mkdtempSync(join(tmpdir(), "berth-values-"));
    writeFileSync(join(dir, "Chart.yaml"), "apiVersion: v2\nname: values\nversion: 0.1.0\n");
    mkdirSync(join(dir, "templates"));
    writeFileSync(join(dir, "templates", "out.yaml"), "out: {{ .Values | mustToJson | quote }}\n");
    const key = fc.constantFrom("a", "b", "c.d", "c.e", "list[0]", "list[1].x", "esc\\.aped", "deep.er.still");
    const value = fc.oneof(
      fc.constantFrom("true", "null", "0", "007", "12", "{a,b}", "text", "with space", "1.5", "-3"),
      fc.stringMatching(/^[a-z:/@-]{0,8}$/),
    );
    const tree = fc.record(
      {
        a: fc.oneof(fc.integer(), fc.constant(null)),
        c: fc.record({ d: fc.string({ maxLength: 4 }), f: fc.boolean() }),
        list: fc.array(fc.record({ x: fc.nat(9) }), { maxLength: 2 }),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(tree, { maxLength: 2 }),
        fc.uniqueArray(fc.tuple(key, value), { maxLength: 3, selector: ([name]) => name }),
        async (files, set) => {
          const texts = files.map((file) => stringify(file));
          const args = texts.flatMap((text, index) => {
            writeFileSync(join(dir, `v${index}.yaml`), text);
            return ["-f", join(dir, `v${index}.yaml`)];
          });
          const direct = await promisify(execFile)(path, [
            "template",
            "x",
            dir,
            ...args,
            ...set.flatMap(([name, text]) => ["--set", `${name}=${text}`]),
          ]);
          writeFileSync(join(dir, "merged.json"), mergeValues({ valuesFiles: texts, set: Object.fromEntries(set), overrides: [] }));
          const merged = await promisify(execFile)(path, ["template", "x", dir, "-f", join(dir, "merged.json")]);
          expect(merged.stdout).toBe(direct.stdout);
        },
      ),
      { numRuns: 40 },
    );
    rmSync(dir, { recursive: true, force: true });
  });
});
