import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { at, startReleases, type Releases } from "./testing/releases.ts";

let on: Releases;
beforeAll(async () => void (on = await startReleases()));
afterAll(() => on[Symbol.asyncDispose]());

describe("a Helm release", () => {
  it("is planned object by object, installed as approved, found unchanged, upgraded, rolled back by an older chart, and removed", async () => {
    const first = on.release(await on.chart("web"), { replicas: "2", "env.MODE": "fast", "env.ACCOUNT": "123456789012" });
    const made = await on.deploy(first);
    expect(made.planned.actions).toEqual(
      at(first, "create ConfigMap app-settings", "create Deployment app", "create Deployment app-cache", "create Service app"),
    );
    expect(made.planned.notes).toContain(`Namespace ${first.namespace} is made`);
    expect(made.planned.notes).toContain("chart web 1.2.0");
    expect(made.result.failure).toBeUndefined();
    const { namespace } = first;
    expect(made.result.outputs).toMatchObject({
      release: { value: { name: "app", namespace, revision: 1, status: "deployed", chart: "web", version: "1.2.0", app_version: "7" } },
      deployments: { value: { app: { replicas: 2, ready: 2, images: ["registry.example.org/web:7"] } } },
      services: { value: { app: { type: "ClusterIP", ports: [80] } } },
    });
    // What another language's braces are, they stay.
    expect(on.ground.cluster.object("configmaps", "app-settings", namespace)).toMatchObject({
      data: { greeting: "Hello from app", template: '{{ user }} said {{"}}"}}' },
    });
    // A long number given by `set` is printed as it was given.
    expect(JSON.stringify(on.ground.cluster.object("deployments", "app", namespace))).toContain('"123456789012"');
    expect(JSON.parse((await on.helm(first, "get", "values", "app", "-o", "json")).stdout)).toEqual({
      env: { MODE: "fast", ACCOUNT: 123456789012 },
      replicas: 2,
    });
    expect(await on.plan(first)).toMatchObject({
      actions: [],
      result: { plan: { hasChanges: false }, outputs: { release: { value: { revision: 1 } } } },
    });

    const second = { ...first, artifact: await on.chart("web", { version: "1.3.0" }), set: { ...first.set, "image.tag": "8" } };
    const upgraded = await on.deploy(second);
    expect(upgraded.planned.notes).toContain("chart web 1.2.0 → 1.3.0");
    expect(upgraded.planned.actions).toEqual(at(first, "update Deployment app"));
    expect(upgraded.result.outputs).toMatchObject({ release: { value: { revision: 2, version: "1.3.0" } } });
    const look = () =>
      on.ground.look({ namespace, made: { by: "release", releaseName: first.releaseName, storageDriver: first.storageDriver } });
    expect(await look()).toEqual({ status: "healthy", why: "4 objects are there and ready" });
    await on.ground.kubectl(["delete", "service", "app", "--namespace", namespace]);
    expect(await look()).toEqual({ status: "unhealthy", why: `Service ${namespace}/app: it is not there any more` });

    const back = await on.deploy(first);
    expect(back.planned.job.shown?.header.warnings).toMatchObject([
      { code: "downgrades", message: "registry.example.org/web goes back from 8 to 7" },
    ]);
    expect(back.result.outputs).toMatchObject({ release: { value: { revision: 3, version: "1.2.0" } } });

    const end = { ...first, destroy: true };
    const gone = await on.deploy(end);
    expect(gone.planned.actions).toContain(at(first, "delete Deployment app")[0]);
    expect(gone.result).toMatchObject({ outcome: "succeeded", outputs: {} });
    expect(on.ground.cluster.objects("deployments", namespace)).toEqual([]);
    expect((await on.helm(first, "list", "-a", "-q")).stdout).toBe("");
    expect(await look()).toEqual({ status: "unhealthy", why: `the release ${namespace}/app is not there any more` });
    // Once more, and once more with the plan that was approved before: what is gone is gone.
    expect((await on.plan(end)).result.plan).toMatchObject({ hasChanges: false });
    expect((await on.apply(end, gone.planned)).result).toMatchObject({ outcome: "succeeded" });
  });

  it("knows no change only where nothing is different: values, hooks and failed revisions count", async () => {
    const web = on.release(await on.chart("web"), { unused: "1" });
    await on.deploy(web);
    const other = await on.plan({ ...web, set: { unused: "2" } });
    expect(other).toMatchObject({ actions: [], result: { plan: { hasChanges: true } } });
    expect(other.notes).toContain("The values are other ones");
    expect(other.job.shown?.header.summary).toContain("none of its objects changes");
    // Without any values Helm would keep those of the revision before.
    expect((await on.deploy({ ...web, set: {}, overrides: ["a: null"] })).result.failure).toBeUndefined();
    expect((await on.plan({ ...web, set: {}, overrides: ["a: null"] })).result.plan).toMatchObject({ hasChanges: false });
    expect((await on.deploy({ ...web, set: {} })).result.failure).toBeUndefined();
    expect((await on.plan({ ...web, set: {} })).result.plan).toMatchObject({ hasChanges: false });

    const fleet = on.release(await on.chart("fleet"));
    await on.deploy(fleet);
    // The chart's version is what it was; one of its hooks is not.
    const values = { "values.yaml": "migrate: echo migrated\nafter: echo done twice\nmasts: 3\n" };
    const hook = await on.plan({ ...fleet, artifact: await on.chart("fleet", { files: values }) });
    expect(hook.actions).toEqual(at(fleet, "hooks: none Job app-migrate", "hooks: update Job app-after"));
    expect(hook.result.plan).toMatchObject({ hasChanges: true });
  });

  it("shows what was changed by hand, puts it right, and is no drift where others set what the chart leaves open", async () => {
    const spec = on.release(await on.chart("web"));
    await on.deploy(spec);
    const patch = (kind: string, name: string, change: object) =>
      on.ground.kubectl(["patch", kind, name, "--namespace", spec.namespace, "--type=merge", "-p", JSON.stringify(change)]);
    await patch("deployment", "app-cache", { metadata: { annotations: { note: "mine" } } });
    expect((await on.plan(spec)).result.plan).toMatchObject({ hasChanges: false });
    await patch("configmap", "app-settings", { data: { greeting: "mine" } });
    await on.ground.kubectl(["delete", "service", "app", "--namespace", spec.namespace]);
    const drifted = await on.plan(spec);
    expect(drifted.result.plan).toMatchObject({ hasChanges: true, create: 0, update: 0 });
    expect(drifted.actions).toEqual(at(spec, "drift: update ConfigMap app-settings", "drift: create Service app"));
    expect(drifted.job.shown?.header.summary).toBe("Plan: 2 objects are put back to what the release has of them.");
    expect((await on.apply(spec, drifted)).result.failure).toBeUndefined();
    expect(on.ground.cluster.object("configmaps", "app-settings", spec.namespace)).toMatchObject({ data: { greeting: "Hello from app" } });
    expect(on.ground.cluster.object("services", "app", spec.namespace)).toBeDefined();
    expect((await on.plan(spec)).result.plan).toMatchObject({ hasChanges: false });
  });

  it("brings its own kinds, runs hooks, renders for the revision that it will be, and keeps releases where it is told to", async () => {
    const files = {
      "templates/note.yaml":
        'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: note-{{ .Release.Revision }} }\ndata: { upgrade: {{ .Release.IsUpgrade | quote }}, caps: {{ .Capabilities.APIVersions.Has "apps/v1" | quote }}, day: 2024-01-01, at: 22:30 }\n',
    };
    await on.ground.kubectl(["delete", "crd", "ships.fleet.example", "--ignore-not-found"]);
    const fleet = on.release(await on.chart("fleet", { files }), { masts: "4" }, { storageDriver: "configmap" });
    const made = await on.deploy(fleet);
    expect(made.result.failure).toBeUndefined();
    expect(made.planned.notes).toContain("These definitions are made first: ships.fleet.example");
    expect(made.planned.actions).toEqual([
      ...at(fleet, "create ConfigMap note-1", "create Ship app"),
      ...at(fleet, "hooks: create Job app-migrate", "hooks: create Job app-after"),
    ]);
    expect(made.planned.job.shown?.objects.find(({ address }) => address.endsWith("app-migrate"))?.reason).toBe(
      "runs pre-install, pre-upgrade",
    );
    expect(on.ground.cluster.object("ships", "app", fleet.namespace)).toMatchObject({ spec: { masts: 4 } });
    expect(on.ground.cluster.object("configmaps", "note-1", fleet.namespace)).toMatchObject({
      data: { upgrade: "false", caps: "true", day: "2024-01-01", at: "22:30" },
    });
    expect(on.ground.cluster.objects("secrets", fleet.namespace)).toEqual([]);
    // Which revision it is is no change by itself.
    expect((await on.plan(fleet)).result.plan).toMatchObject({ hasChanges: false });
    const next = await on.deploy({ ...fleet, set: { masts: "5" } });
    expect(next.result.failure).toBeUndefined();
    expect(next.planned.actions).toEqual(
      [
        ...at(fleet, "delete ConfigMap note-1", "create ConfigMap note-2", "update Ship app"),
        ...at(fleet, "hooks: none Job app-migrate", "hooks: none Job app-after"),
      ].toSorted((a, b) => Number(a.startsWith("hooks")) - Number(b.startsWith("hooks"))),
    );
    expect(next.planned.notes).toContain("Helm never changes them");
    expect((await on.deploy({ ...fleet, destroy: true })).result.failure).toBeUndefined();
    expect(on.ground.cluster.object("customresourcedefinitions", "ships.fleet.example")).toBeDefined();
  });

  it("runs its tests where that is asked for, with their logs", async () => {
    const web = on.release(await on.chart("web"), {}, { runTests: true });
    const tested = await on.deploy(web);
    expect(tested.result.failure).toBeUndefined();
    expect(tested.planned.actions).toContain(at(web, "hooks: create Pod app-answers")[0]);
    expect(tested.log).toContain("it answers");
    const untrue = await on.deploy({ ...web, set: { test: "echo no answer; exit 1" } });
    expect(untrue.result).toMatchObject({
      outcome: "failed",
      failure: { reason: "helm_failed", detail: expect.stringContaining("its tests fail") as string },
    });
    expect(untrue.log).toContain("no answer");
  });

  it("tells what stays when it is removed, and removes what a failed revision has forgotten", async () => {
    const spec = on.release(await on.chart("vault"));
    await on.deploy(spec);
    const gone = await on.plan({ ...spec, destroy: true });
    expect(gone.actions).toEqual(at(spec, "delete Secret fresh", "delete StatefulSet vault", "none Secret kept"));
    expect(gone.notes).toContain(`The volume claims of StatefulSet ${spec.namespace}/vault stay`);
    expect((await on.apply({ ...spec, destroy: true }, gone)).result.failure).toBeUndefined();
    expect(on.ground.cluster.object("secrets", "kept", spec.namespace)).toBeDefined();
    expect(on.ground.cluster.objects("persistentvolumeclaims", spec.namespace)).toHaveLength(1);

    const web = on.release(await on.chart("web"), { "cache.enabled": "true" }, { waitSeconds: 2 });
    await on.deploy(web);
    const broken = await on.deploy({
      ...web,
      set: { "cache.enabled": "false", "image.repository": "registry.example.org/does-not-exist" },
    });
    expect(broken.result.failure?.reason).toBe("not_ready");
    const removed = await on.deploy({ ...web, destroy: true, waitSeconds: 20 });
    expect(removed.planned.actions).toContain(at(web, "delete Deployment app-cache")[0]);
    expect(removed.result.failure).toBeUndefined();
    expect(on.ground.cluster.objects("deployments", web.namespace)).toEqual([]);
  });

  it("takes over what is there only when told to, and shows what changes of it", async () => {
    const spec = on.release(await on.chart("web"));
    const { namespace } = spec;
    await on.ground.kubectl(["create", "namespace", namespace]);
    const there = `apiVersion: v1\nkind: Service\nmetadata: { name: app, namespace: ${namespace} }\nspec: { ports: [{ name: http, port: 81 }] }\n`;
    await on.ground.kubectl(["apply", "-f", "-"], there);
    const refused = await on.ground.run(spec);
    expect(refused.result.failure?.detail).toBe(
      `Service ${namespace}/app exists already and is no part of the release app. Set take_ownership = true on the component to have the release take it over, or remove it, then retry.`,
    );
    const taken = await on.deploy({ ...spec, takeOwnership: true });
    expect(taken.planned.actions).toContain(at(spec, "update Service app")[0]);
    expect(taken.planned.notes).toContain(`The release takes over what is there already: Service ${namespace}/app`);
    expect(taken.result.failure).toBeUndefined();
    expect((await on.plan({ ...spec, takeOwnership: true })).result.plan).toMatchObject({ hasChanges: false });
  });
});
