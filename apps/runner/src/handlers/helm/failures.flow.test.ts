import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startReleases, type Releases } from "./testing/releases.ts";

let on: Releases;
beforeAll(async () => void (on = await startReleases()));
afterAll(() => on[Symbol.asyncDispose]());

const badImage = { "image.repository": "registry.example.org/does-not-exist" };

describe("a release that fails", () => {
  it("tells which object is not ready and why, down to the pod; the next deploy goes on from there", async () => {
    const spec = on.release(await on.chart("web"), badImage, { waitSeconds: 3 });
    const { result, log } = await on.deploy(spec);
    expect(result).toMatchObject({ outcome: "failed", failure: { reason: "not_ready", exitCode: 1 } });
    expect(result.failure?.detail).toMatch(
      /^Deployment \S+\/app is not ready after 3 s[\s\S]*container web: (ImagePullBackOff|ErrImagePull)/,
    );
    expect(log).toMatch(/\[berth\] waiting for Deployment \S+\/app: 0 of 1 replicas are available/);
    // A release that failed is no release that is unchanged.
    const again = await on.plan(spec);
    expect(again.result.plan).toMatchObject({ hasChanges: true });
    expect(again.notes).toContain("Revision 1 is failed");
    expect((await on.deploy({ ...spec, set: {}, waitSeconds: 20 })).result.failure).toBeUndefined();
  });

  it("shows the last words of a container that crashes, and of a hook's", async () => {
    const crash = {
      "templates/crash.yaml":
        'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: crash }\nspec: { selector: { matchLabels: { app: crash } }, template: { metadata: { labels: { app: crash } }, spec: { containers: [{ name: main, image: "busybox:1", command: ["sh", "-c", "echo no database; exit 3"] }] } } }\n',
    };
    const web = on.release(await on.chart("web", { files: crash }), {}, { waitSeconds: 4 });
    const { result } = await on.deploy(web);
    expect(result.failure).toMatchObject({ reason: "not_ready" });
    expect(result.failure?.detail).toMatch(/Deployment \S+\/crash[\s\S]*CrashLoopBackOff \(exit code 3\)[\s\S]*no database/);

    const fleet = on.release(await on.chart("fleet"), { migrate: "echo can not migrate; exit 4" });
    const failing = await on.deploy(fleet);
    expect(failing.result.failure).toMatchObject({ reason: "not_ready" });
    expect(failing.result.failure?.detail).toMatch(/^Job \S+\/app-migrate failed[\s\S]*can not migrate[\s\S]*pre-install/);
    expect((await on.plan({ ...fleet, set: { migrate: "true" } })).result.plan?.hasChanges).toBe(true);
    expect((await on.deploy({ ...fleet, set: {} })).result.failure).toBeUndefined();
  });

  it("goes back to the revision before where that is asked for, and still tells why", async () => {
    const spec = on.release(await on.chart("web"), {}, { atomic: true });
    await on.deploy(spec);
    const { result, log } = await on.deploy({ ...spec, set: badImage, waitSeconds: 3 });
    expect(result.failure?.detail).toMatch(
      /container web: (ImagePullBackOff|ErrImagePull)[\s\S]*The release is back at what revision 1 was\.$/,
    );
    expect(log).toContain("going back to revision 1");
    expect(JSON.stringify(on.ground.cluster.object("deployments", "app", spec.namespace))).toContain("registry.example.org/web:7");
    // What stands is what was there before, so there is nothing more to do.
    expect((await on.plan(spec)).result.plan).toMatchObject({ hasChanges: false });
    const first = on.release(await on.chart("web"), badImage, { atomic: true, waitSeconds: 3 });
    expect((await on.deploy(first)).result.failure?.detail).toContain("The failed install was taken away.");
    expect((await on.helm(first, "list", "-a", "-q")).stdout).toBe("");
  });

  it("names what the chart, its values or the cluster do not have", async () => {
    const failure = async (...given: Parameters<Releases["release"]>) => (await on.ground.run(on.release(...given))).result.failure;
    const needed = await failure(await on.chart("web"), { "ingress.enabled": "true" });
    expect(needed).toMatchObject({ reason: "helm_failed" });
    expect(needed?.detail).toMatch(/^could not render the chart:[\s\S]*web\/templates\/app\.yaml[\s\S]*ingress\.host is needed/);
    const kind = { "templates/x.yaml": "apiVersion: example.org/v1\nkind: Nothing\nmetadata: { name: x }\n" };
    expect((await failure(await on.chart("web", { files: kind })))?.detail).toContain(
      "the cluster does not know Nothing in example.org/v1",
    );
    expect(await failure(await on.chart("web"), {}, { valuesFiles: ["a: ["] })).toMatchObject({ reason: "spec_invalid" });
    expect(await failure(await on.chart("web"), { "a..b": "1" })).toMatchObject({ reason: "spec_invalid" });
    const artifact = await on.chart("web");
    expect(await failure({ ...artifact, digest: `sha256:${"0".repeat(64)}` })).toMatchObject({ reason: "artifact_unavailable" });
  });

  it("tells an identity that may not, an admission that refuses, and a cluster that is not there, apart", async () => {
    const spec = on.release(await on.chart("web"));
    const noReading = on.ground.cluster.forbid((access) => access.resource === "secrets" && access.verb === "list");
    const forbidden = (await on.ground.run(spec)).result.failure;
    noReading();
    expect(forbidden).toMatchObject({ reason: "kubernetes_failed" });
    expect(forbidden?.detail).toMatch(/may not do this in the cluster[\s\S]*secrets is forbidden/);
    const planned = await on.plan(spec);
    const noWriting = on.ground.cluster.forbid(
      (access) => access.resource === "deployments" && access.verb !== "get" && access.verb !== "list",
    );
    const refused = (await on.apply(spec, planned)).result.failure;
    noWriting();
    expect(refused).toMatchObject({ reason: "helm_failed" });
    expect(refused?.detail).toMatch(/deployments[\s\S]* is forbidden[\s\S]*grant it what is named here/);
    const next = await on.plan(spec);
    const denial = on.ground.cluster.deny((object) => (object.kind === "Service" ? "no services on Fridays" : undefined));
    expect((await on.apply(spec, next)).result.failure?.detail).toContain("no services on Fridays");
    denial();
    const away = {
      kind: "kubeconfig" as const,
      contents: on.ground.access.contents.replaceAll(/https:\/\/127\.0\.0\.1:\d+/g, "https://127.0.0.1:9"),
    };
    expect((await on.ground.run({ ...spec, cluster: away })).result.failure).toMatchObject({ reason: "cluster_unavailable" });
  });
});
