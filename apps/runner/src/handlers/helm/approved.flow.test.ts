import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { at, startReleases, type Planned, type Releases } from "./testing/releases.ts";

let on: Releases;
beforeAll(async () => void (on = await startReleases()));
afterAll(() => on[Symbol.asyncDispose]());

const documentsOf = (planned: Planned): string =>
  (JSON.parse(planned.job.plan?.toString() ?? "{}") as { documents: string[] }).documents.join("");

describe("what was approved", () => {
  it("is what is installed, random values included; none of them is shown or logged", async () => {
    const spec = on.release(await on.chart("vault"));
    const planned = await on.plan(spec);
    expect(planned.notes).toContain("2 objects get new random values at every deploy");
    const values = [...documentsOf(planned).matchAll(/(?:password|token): (\S+)/g)].map((match) => match[1] ?? "");
    expect(values).toHaveLength(2);
    const seen = (log: string): string[] =>
      values.filter((value) => `${JSON.stringify(planned.job.shown)}${planned.log}${log}`.includes(value));
    const { result, log } = await on.apply(spec, planned);
    expect(result.failure).toBeUndefined();
    expect(seen(log)).toEqual([]);
    expect(on.ground.cluster.object("secrets", "fresh", spec.namespace)).toMatchObject({ data: { token: values[1] } });
    expect(on.ground.cluster.object("secrets", "kept", spec.namespace)).toMatchObject({ data: { password: values[0] } });
    expect((await on.plan(spec)).result.plan).toMatchObject({ hasChanges: false });
    // A change by hand is put back to what the release has, not to another random value.
    const patch = JSON.stringify({ data: { token: "bWluZQ==" } });
    await on.ground.kubectl(["patch", "secret", "fresh", "--namespace", spec.namespace, "--type=merge", "-p", patch]);
    const righted = await on.deploy(spec);
    expect(righted.planned.actions).toEqual(at(spec, "drift: update Secret fresh"));
    expect(righted.result.failure).toBeUndefined();
    expect(on.ground.cluster.object("secrets", "fresh", spec.namespace)).toMatchObject({ data: { token: values[1] } });
    // What is looked up stays; a change beside a random value is a change.
    const files = {
      "templates/more.yaml":
        'apiVersion: v1\nkind: Secret\nmetadata: { name: mixed }\ndata: { a: {{ randAlphaNum 9 | b64enc }}, b: {{ .Values.b | default "one" | b64enc }} }\n',
    };
    const mixed = { ...spec, artifact: await on.chart("vault", { files }) };
    expect((await on.deploy(mixed)).result.failure).toBeUndefined();
    expect((await on.plan(mixed)).result.plan).toMatchObject({ hasChanges: false });
    const other = { "templates/more.yaml": files["templates/more.yaml"].replace("one", "two") };
    const changed = await on.plan({ ...spec, artifact: await on.chart("vault", { files: other }) });
    expect(changed.result.plan).toMatchObject({ hasChanges: true });
    expect(documentsOf(changed)).toContain(values[0]);
  });

  it("holds although time goes by: what a chart makes of the clock is no reason to plan again", async () => {
    const files = {
      "templates/clock.yaml":
        'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: clock }\ndata: { day: "{{ now | date "2006-01-02" }}", second: "{{ now | unixEpoch }}", minute: "{{ now | date "1504" }}" }\n',
    };
    const spec = on.release(await on.chart("web", { files }));
    const planned = await on.plan(spec);
    const { unstable } = JSON.parse(planned.job.plan?.toString() ?? "{}") as { unstable: Record<string, string[]> };
    expect(unstable).toEqual({ [` ConfigMap ${spec.namespace}/clock`]: ["/0/data/day", "/0/data/second", "/0/data/minute"] });
    expect((await on.apply(spec, planned)).result.failure).toBeUndefined();
    expect((await on.plan(spec)).result.plan).toMatchObject({ hasChanges: false });
  });

  it("is stale where somebody has upgraded, rolled back or removed the release since", async () => {
    const spec = on.release(await on.chart("web"));
    await on.deploy(spec);
    const next = { ...spec, set: { replicas: "3" } };
    const planned = await on.plan(next);
    expect((await on.helm(spec, "rollback", "app", "1")).code).toBe(0);
    const late = await on.apply(next, planned);
    expect(late.result.failure?.reason).toBe("plan_stale");
    expect(late.result.failure?.detail).toContain("revision 1 (deployed) stood, and now revision 2 (deployed) stands");
    const again = await on.plan(next);
    await on.helm(spec, "uninstall", "app");
    expect((await on.apply(next, again)).result.failure?.detail).toContain("and now no release stands");
    expect((await on.deploy(next)).result.failure).toBeUndefined();
  });

  it("is stale where the chart sees another cluster, or where values are other ones", async () => {
    const files = {
      "templates/look.yaml":
        'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: look }\ndata: { found: {{ (lookup "v1" "ConfigMap" .Release.Namespace "other").data | default dict | toJson | quote }} }\n',
    };
    const spec = on.release(await on.chart("web", { files }));
    await on.deploy(spec);
    const next = { ...spec, set: { replicas: "2" } };
    const planned = await on.plan(next);
    expect((await on.apply({ ...spec, set: { replicas: "4" } }, planned)).result.failure).toMatchObject({
      reason: "plan_stale",
      detail: expect.stringContaining("the values changed since") as string,
    });
    await on.ground.kubectl(["create", "configmap", "other", "--from-literal=a=b", "--namespace", spec.namespace]);
    expect((await on.apply(next, planned)).result.failure).toMatchObject({
      reason: "plan_stale",
      detail: expect.stringContaining(at(spec, "ConfigMap look")[0] ?? "") as string,
    });
    expect(on.ground.cluster.object("deployments", "app", spec.namespace)).toMatchObject({ spec: { replicas: 1 } });
  });

  it("is refused where its bytes, or the chart's, are altered", async () => {
    const spec = on.release(await on.chart("web"));
    const planned = await on.plan(spec);
    planned.job.plan = Buffer.from(`${planned.job.plan?.toString()} `);
    expect((await on.apply(spec, planned)).result.failure).toMatchObject({ reason: "digest_mismatch" });
    expect((await on.helm(spec, "list", "-a", "-q")).stdout).toBe("");
  });

  it("never shows or logs what is secret", async () => {
    const redact = ["hunter22-long", "987654321987"];
    const spec = on.release(await on.chart("web"), { "env.PASSWORD": "hunter22-long", "env.PIN": "987654321987" });
    const deployed = await on.deploy(spec, redact);
    expect(deployed.result.failure).toBeUndefined();
    const failing = await on.deploy({ ...spec, set: { ...spec.set, test: "echo hunter22-long; exit 1" }, runTests: true }, redact);
    expect(failing.result.failure?.reason).toBe("helm_failed");
    const told = [deployed.planned, deployed, failing.planned, failing].map(
      ({ job, result, log }) => `${JSON.stringify(job.shown)}${JSON.stringify(result)}${log}`,
    );
    for (const secret of redact) expect(told.filter((text) => text.includes(secret))).toEqual([]);
    expect(JSON.stringify(on.ground.cluster.object("deployments", "app", spec.namespace))).toContain("hunter22-long");
  });
});
