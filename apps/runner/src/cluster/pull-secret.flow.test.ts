import type { HelmPlanSpec, KubernetesPlanSpec, PullSecret } from "@berth/protocol/job-spec";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { at, startReleases, type Releases } from "../handlers/helm/testing/releases.ts";

let on: Releases;
beforeAll(async () => void (on = await startReleases()));
afterAll(() => on[Symbol.asyncDispose]());

const pullSecret: PullSecret = { credential: "pul1", server: "berth.test", username: "berth", password: "brp_hunter22" };
const secretIn = (namespace: string) => on.ground.cluster.object("secrets", "berth-registry", namespace);
const contentOf = (namespace: string): unknown => {
  const data = secretIn(namespace)?.["data"] as Record<string, string> | undefined;
  return JSON.parse(Buffer.from(data?.[".dockerconfigjson"] ?? "", "base64").toString());
};

function manifest(namespace: string, target: string, more: Partial<KubernetesPlanSpec> = {}): KubernetesPlanSpec {
  const text = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${target.slice(10)} }\ndata: { a: b }\n`;
  const { access: cluster } = on.ground;
  return {
    kind: "kubernetes.plan",
    target,
    cluster,
    namespace,
    source: { kind: "documents", text },
    waitSeconds: 10,
    destroy: false,
    pullSecret,
    ...more,
  };
}

async function run(spec: KubernetesPlanSpec): Promise<{ actions: string[]; text: string; hasChanges: boolean | undefined }> {
  const planned = await on.ground.run(spec, { redact: [pullSecret.password] });
  const { plan } = planned.result;
  if (!plan) throw new Error(JSON.stringify(planned.result.failure));
  const actions = (planned.job.shown?.objects ?? []).map(({ action, address }) => `${action} ${address}`);
  const { digest, size } = plan;
  const applied = plan.hasChanges ? await on.ground.run({ ...spec, kind: "kubernetes.apply", plan: { digest, size } }) : undefined;
  expect(applied?.result.failure).toBeUndefined();
  return { actions, text: JSON.stringify(planned.job.shown) + planned.log + (applied?.log ?? ""), hasChanges: plan.hasChanges };
}

describe("the secret that images are pulled with", () => {
  it("is planned, masked, written before a release's pods, changed with its credential alone, and removed with the release", async () => {
    const web: HelmPlanSpec = on.release(await on.chart("web"), {}, { pullSecret });
    const made = await on.deploy(web, [pullSecret.password]);
    expect(made.planned.actions).toContain(at(web, "create Secret berth-registry")[0]);
    expect(made.result.failure).toBeUndefined();
    expect(JSON.stringify(made.planned.job.shown) + made.planned.log + made.log).not.toMatch(/hunter22|aHVudGVyMj|ypfaHVudGVyMjI/);
    expect(secretIn(web.namespace)).toMatchObject({ type: "kubernetes.io/dockerconfigjson" });
    expect(contentOf(web.namespace)).toEqual({
      auths: { "berth.test": { username: "berth", password: "brp_hunter22", auth: Buffer.from("berth:brp_hunter22").toString("base64") } },
    });
    // It is no part of the release: what Helm keeps does not know it.
    expect((await on.helm(web, "get", "manifest", "app")).stdout).not.toContain("berth-registry");
    expect((await on.plan(web)).result.plan).toMatchObject({ hasChanges: false });

    const rotated = { ...web, pullSecret: { ...pullSecret, credential: "pul2", password: "brp_next" } };
    const changed = await on.deploy(rotated, ["brp_next"]);
    expect(changed.planned.actions).toEqual(at(web, "update Secret berth-registry"));
    expect(changed.result.failure).toBeUndefined();
    expect(contentOf(web.namespace)).toMatchObject({ auths: { "berth.test": { password: "brp_next" } } });
    expect((await on.plan(rotated)).result.plan).toMatchObject({ hasChanges: false });

    const gone = await on.deploy({
      ...on.release(web.artifact, {}, { ...web, pullSecret: undefined }),
      target: web.target,
      namespace: web.namespace,
      destroy: true,
    });
    expect(gone.planned.actions).toContain(at(web, "delete Secret berth-registry")[0]);
    expect(gone.result.failure).toBeUndefined();
    expect(secretIn(web.namespace)).toBeUndefined();
  });

  it("is shared by the components of a namespace and goes with the last of them, and then the namespace with it", async () => {
    const namespace = `${on.ground.namespace}-shared`;
    const first = await run(manifest(namespace, "component:one"));
    expect(first.actions).toContain(`create Secret ${namespace}/berth-registry`);
    expect(first.text).not.toContain("hunter22");
    expect((await run(manifest(namespace, "component:two"))).actions).toContain(`update Secret ${namespace}/berth-registry`);
    expect((await run(manifest(namespace, "component:one"))).hasChanges).toBe(false);
    // Somebody took it away: a look at what stands finds it, and the next deploy puts it back.
    await on.ground.kubectl(["delete", "secret", "berth-registry", "--namespace", namespace]);
    expect((await run(manifest(namespace, "component:one"))).actions).toEqual([`create Secret ${namespace}/berth-registry`]);
    await run(manifest(namespace, "component:two"));

    const end = { destroy: true, pullSecret: undefined };
    expect((await run(manifest(namespace, "component:two", end))).actions).not.toContain(`delete Secret ${namespace}/berth-registry`);
    expect(secretIn(namespace)).toBeDefined();
    expect((await run(manifest(namespace, "component:one", end))).actions).toContain(`delete Secret ${namespace}/berth-registry`);
    expect(on.ground.cluster.object("namespaces", namespace)).toBeUndefined();
  });

  it("of somebody else is not overwritten", async () => {
    const namespace = `${on.ground.namespace}-foreign`;
    await on.ground.kubectl(["create", "namespace", namespace]);
    await on.ground.kubectl(["create", "secret", "generic", "berth-registry", "--from-literal=a=b", "--namespace", namespace]);
    const { result } = await on.ground.run(manifest(namespace, "component:one"));
    expect(result.failure).toMatchObject({
      reason: "kubernetes_failed",
      detail: expect.stringMatching(
        /Secret .*\/berth-registry belongs to somebody else and is not overwritten.*image_pull_secret/,
      ) as string,
    });
    const removal = await run(manifest(namespace, "component:one", { destroy: true, pullSecret: undefined }));
    expect(removal.actions).toEqual([]);
    expect(secretIn(namespace)).toBeDefined();
  });
});
