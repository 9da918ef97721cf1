import { jobKinds } from "@berth/protocol/job-spec";
import type { Component } from "@berth/toml-schema/app-config";
import { describe, expect, it } from "vitest";
import { decideApproval } from "../approvals/decide.ts";
import { getInstall } from "../installs/get.ts";
import { retryStep } from "./retry-step.ts";
import { previewWorkflow, startWorkflow, type StartInput } from "./start.ts";
import { componentBase, createFixture, type Fixture, type SmallConfig } from "./testing/fixture.ts";

const provision = { type: "provision" as const };
const repo = { kind: "public" as const, repo: "acme/app", directory: ".", branch: "main" };

const image: Component = {
  ...componentBase("api_image"),
  type: "container_image",
  source: { kind: "public", imageUrl: "ghcr.io/acme/api" },
  tag: "1.4",
};
const chart: Component = {
  ...componentBase("api", ["api_image", "db"]),
  type: "helm_chart",
  chartName: "api",
  namespace: "{{.nuon.install.id}}",
  values: { "image.repository": "{{ .nuon.components.api_image.outputs.image.repository }}" },
  valuesFiles: ["tag: {{ .nuon.components.api_image.outputs.image.tag }}\ndatabase: {{ .nuon.components.db.outputs.url }}\n"],
  repo,
  takeOwnership: false,
};
const manifest: Component = {
  ...componentBase("routes", ["api"]),
  type: "kubernetes_manifest",
  namespace: "web",
  manifest: "kind: ConfigMap\ndata: {service: {{ .nuon.components.api.outputs.services.api }}}\n",
};
const job: Component = {
  ...componentBase("migrate", ["api_image", "db"]),
  type: "job",
  imageUrl: "{{ .nuon.components.api_image.outputs.image.repository }}",
  tag: "{{ .nuon.components.api_image.outputs.image.tag }}",
  cmd: [],
  args: ["up"],
  envVars: {},
};
const app: SmallConfig = { components: [{ name: "db" }], others: [image, chart, manifest, job] };
const sandbox = {
  cluster: { name: "c1", endpoint: "https://c1.test", certificate_authority_data: "Q0E=", arn: "arn:aws:eks:eu-west-1:1:cluster/c1" },
  registry: { url: "https://registry.customer.test", repository: "mirror" },
};
const apiImage = { image: { ref: "r@d", tag: "bld1", repository: "registry.customer.test/mirror/api_image" } };

async function start(fixture: Fixture, operation: StartInput["operation"] = provision, more: Partial<StartInput> = {}): Promise<string> {
  return (await startWorkflow({ ctx: fixture.ctx, input: { installId: fixture.installId, operation, ...more } })).workflowId;
}

async function approve(fixture: Fixture, workflowId: string, stepKey: string): Promise<void> {
  const { id, digest } = await fixture.pendingApproval(workflowId, stepKey);
  await decideApproval({ ctx: fixture.ctx, input: { approvalId: id, decision: "approve", scope: "workflow", digest } });
}

async function through(fixture: Fixture, workflowId: string, target: string, outputs: Record<string, unknown> = {}): Promise<void> {
  await fixture.finish(workflowId, `${target}/plan`);
  await approve(fixture, workflowId, `${target}/plan`);
  await fixture.finish(workflowId, `${target}/apply`, { outputs });
}

async function runnerCan(fixture: Fixture, tools: Record<string, string>, kinds: string[] = Object.keys(jobKinds)): Promise<void> {
  const capabilities = JSON.stringify({ os: "linux", arch: "x64", node: "24", kinds, tools });
  await fixture.system.db.updateTable("runners").set({ capabilities }).execute();
}

const allTools = { helm: "3.19.0", kubectl: "1.34.0" };
const running = (states: Record<string, string>): string[] => Object.keys(states).filter((key) => states[key] === "running");

/** All of the app stands afterwards. */
async function provisioned(fixture: Fixture): Promise<void> {
  const id = await start(fixture);
  await through(fixture, id, "sandbox", sandbox);
  await fixture.finish(id, "component:api_image/sync", { outputs: apiImage });
  await through(fixture, id, "component:db", { url: "postgres://db" });
  await through(fixture, id, "component:api", { services: { api: "api.web" } });
  await through(fixture, id, "component:migrate");
  await through(fixture, id, "component:routes");
  expect((await fixture.workflow(id)).state).toBe("succeeded");
}

describe("an app of many types", () => {
  it("is provisioned in its order: images copied without asking, every plan approved and applied as it was, outputs handed on", async () => {
    await using fixture = await createFixture(app);
    await runnerCan(fixture, allTools);
    const id = await start(fixture);
    await through(fixture, id, "sandbox", sandbox);
    expect(running(await fixture.states(id))).toEqual(["component:api_image/sync", "component:db/plan"]);

    const mirror = { kind: "plain", url: "https://registry.customer.test", repository: "mirror/api_image" };
    const sync = await fixture.spec(id, "component:api_image/sync");
    const build = await fixture.system.db
      .selectFrom("builds")
      .select("id")
      .where("target", "=", "component:api_image")
      .executeTakeFirstOrThrow();
    expect(sync.spec).toMatchObject({ kind: "image.sync", tag: build.id, source: { mirror }, destroy: false });
    expect((await fixture.spec(id, "component:db/plan")).spec).toMatchObject({
      kind: "terraform.plan",
      artifact: { mirror: { ...mirror, repository: "mirror/db" } },
    });
    await fixture.finish(id, "component:api_image/sync", { outputs: apiImage });
    expect((await fixture.workflow(id)).steps.find((step) => step.key === "component:api_image/sync")).toMatchObject({
      kind: "component.sync",
      state: "succeeded",
    });
    expect(running(await fixture.states(id))).toEqual(["component:db/plan"]);
    await through(fixture, id, "component:db", { url: "postgres://db" });

    expect(running(await fixture.states(id))).toEqual(["component:api/plan", "component:migrate/plan"]);
    const plan = await fixture.spec(id, "component:api/plan");
    expect(plan.spec).toMatchObject({
      kind: "helm.plan",
      cluster: { kind: "eks", name: "c1", region: "eu-west-1" },
      namespace: fixture.installId,
      set: { "image.repository": "registry.customer.test/mirror/api_image" },
      valuesFiles: ["tag: bld1\ndatabase: postgres://db\n"],
      artifact: { mirror: { repository: "mirror/api" } },
    });
    await fixture.finish(id, "component:api/plan");
    expect(await fixture.states(id)).toMatchObject({ "component:api/plan": "awaiting_approval", "component:api/apply": "pending" });
    const { digest } = await fixture.pendingApproval(id, "component:api/plan");
    await approve(fixture, id, "component:api/plan");
    const apply = await fixture.spec(id, "component:api/apply");
    expect(apply).toEqual({ spec: { ...plan.spec, kind: "helm.apply", plan: { digest, size: 7 } }, redact: plan.redact });
    await fixture.finish(id, "component:api/apply", { outputs: { services: { api: "api.web" } } });

    expect((await fixture.spec(id, "component:routes/plan")).spec).toMatchObject({
      kind: "kubernetes.plan",
      namespace: "web",
      source: { kind: "documents", text: "kind: ConfigMap\ndata: {service: api.web}\n" },
    });
    expect((await fixture.spec(id, "component:migrate/plan")).spec).toMatchObject({
      source: { text: expect.stringContaining('"image": "registry.customer.test/mirror/api_image:bld1"') as string },
    });
    await through(fixture, id, "component:migrate");
    await through(fixture, id, "component:routes");
    expect((await fixture.workflow(id)).state).toBe("succeeded");
    const install = await getInstall({ ctx: fixture.ctx, input: fixture });
    expect(install.state).toBe("active");
    expect(install.targets.find(({ target }) => target === "component:api_image")).toMatchObject({ state: "active", outputs: apiImage });
    expect(install.targets.find(({ target }) => target === "component:routes")?.buildId).toBeUndefined();
  });

  it("is removed in the reverse order, images after what used them", async () => {
    await using fixture = await createFixture(app);
    await provisioned(fixture);
    const id = await start(fixture, { type: "deprovision" }, { approveAll: true });
    const remove = async (target: string): Promise<void> => {
      await fixture.finish(id, `${target}/plan-teardown`);
      await fixture.finish(id, `${target}/teardown`);
    };
    expect(running(await fixture.states(id))).toEqual(["component:routes/plan-teardown", "component:migrate/plan-teardown"]);
    await remove("component:routes");
    await remove("component:migrate");
    expect(await fixture.states(id)).toMatchObject({ "component:api_image/unsync": "pending" });
    await remove("component:api");
    expect((await fixture.spec(id, "component:api_image/unsync")).spec).toMatchObject({ kind: "image.sync", destroy: true });
    await fixture.finish(id, "component:api_image/unsync");
    await remove("component:db");
    await remove("sandbox");
    const install = await getInstall({ ctx: fixture.ctx, input: fixture });
    expect(install.state).toBe("deprovisioned");
    expect(install.targets.every(({ state, outputs }) => state === "inactive" && Object.keys(outputs).length === 0)).toBe(true);
  });

  it("a copy that fails stops what needs the image, and goes on when it is tried again", async () => {
    await using fixture = await createFixture(app, { approveAll: true });
    const id = await start(fixture);
    await fixture.finish(id, "sandbox/plan");
    await fixture.finish(id, "sandbox/apply", { outputs: sandbox });
    await fixture.finish(id, "component:api_image/sync", { failure: { reason: "copy_failed", detail: "registry.customer.test: 503" } });
    await fixture.finish(id, "component:db/plan");
    await fixture.finish(id, "component:db/apply", { outputs: { url: "postgres://db" } });
    const failed = await fixture.workflow(id);
    expect(failed).toMatchObject({ state: "failed", failure: { reason: "copy_failed" } });
    const step = failed.steps.find((each) => each.key === "component:api_image/sync");
    expect(step).toMatchObject({ retryable: true, skippable: true });
    await retryStep({ ctx: fixture.ctx, input: { workflowId: id, stepId: step?.id ?? "" } });
    await fixture.finish(id, "component:api_image/sync", { outputs: apiImage });
    expect(running(await fixture.states(id))).toEqual(["component:api/plan", "component:migrate/plan"]);
  });

  it("says of a chart that reads an image that is not there to deploy that first", async () => {
    await using fixture = await createFixture({ others: [image, { ...chart, dependencies: [], valuesFiles: [] }] }, { approveAll: true });
    const id = await start(fixture);
    await fixture.finish(id, "sandbox/plan");
    await fixture.finish(id, "sandbox/apply");
    const api = (await fixture.workflow(id)).steps.find((step) => step.key === "component:api/plan");
    expect(api).toMatchObject({
      state: "failed",
      failure: {
        reason: "template_failed",
        detail: expect.stringMatching(/^values\.image\.repository of component:api[^]*Component "api_image" is not deployed/) as string,
      },
    });
  });

  it("of plans only leaves images out with the reason", async () => {
    await using fixture = await createFixture(app);
    await provisioned(fixture);
    const id = await start(fixture, { type: "deploy_all" }, { planOnly: true });
    expect((await fixture.workflow(id)).steps.find((step) => step.kind === "component.sync")).toMatchObject({
      state: "skipped",
      note: expect.stringMatching(/nothing to plan/) as string,
    });
  });
});

describe("a target whose type changes", () => {
  it("is removed as what it was, and not built over", async () => {
    await using fixture = await createFixture({ components: [{ name: "db" }] }, { approveAll: true });
    const first = await start(fixture);
    for (const step of ["sandbox/plan", "sandbox/apply", "component:db/plan", "component:db/apply"]) await fixture.finish(first, step);
    await fixture.addConfig({ others: [{ ...chart, name: "db", dependencies: [], values: {}, valuesFiles: [] }] });
    await expect(
      start(fixture, { type: "deploy", components: ["db"], withDependents: false }, { appConfig: "latest" }),
    ).rejects.toMatchObject({
      code: "unprocessable",
      message: expect.stringMatching(/stands as a terraform_module.*tear down "db" first/) as string,
    });
    const down = await start(fixture, { type: "teardown", components: ["db"], withDependents: false }, { appConfig: "latest" });
    expect((await fixture.spec(down, "component:db/plan-teardown")).spec).toMatchObject({ kind: "terraform.plan", destroy: true });
    await fixture.finish(down, "component:db/plan-teardown");
    await fixture.finish(down, "component:db/teardown");
    const again = await start(fixture, { type: "deploy", components: ["db"], withDependents: false });
    expect((await fixture.spec(again, "component:db/plan")).spec).toMatchObject({ kind: "helm.plan" });
  });
});

describe("what a runner can do", () => {
  it("is looked at before anything starts, also for a preview", async () => {
    await using fixture = await createFixture(app);
    await runnerCan(fixture, { kubectl: "1.34.0" });
    const refused = {
      code: "unprocessable",
      message: expect.stringMatching(
        /^Step component:api\/plan needs helm, and runner \w+ has kubectl 1\.34\.0\..*BERTH_HELM_PATH/,
      ) as string,
      meta: { step: "component:api/plan" },
    };
    await expect(start(fixture)).rejects.toMatchObject(refused);
    const input = { installId: fixture.installId, operation: provision };
    await expect(previewWorkflow({ ctx: fixture.ctx, input })).rejects.toMatchObject(refused);
    expect(await fixture.system.db.selectFrom("workflows").select("id").execute()).toEqual([]);
    await runnerCan(fixture, allTools, ["terraform.plan", "terraform.apply", "action.run"]);
    await expect(start(fixture)).rejects.toMatchObject({
      message: expect.stringMatching(/job of kind image\.sync, which runner \w+ does not know.*Update the runner/) as string,
    });
  });

  it("is looked at again when a step starts: it fails without a job, and goes on once the tool is there", async () => {
    await using fixture = await createFixture({ others: [manifest] }, { approveAll: true });
    await runnerCan(fixture, allTools);
    const id = await start(fixture);
    await fixture.finish(id, "sandbox/plan");
    await runnerCan(fixture, {});
    await fixture.finish(id, "sandbox/apply");
    const step = (await fixture.workflow(id)).steps.find((each) => each.key === "component:routes/plan");
    expect(step).toMatchObject({
      state: "failed",
      failure: { reason: "tool_missing", detail: expect.stringMatching(/needs kubectl, and runner \w+ has no tools/) as string },
    });
    expect(await fixture.system.db.selectFrom("jobs").select("id").where("kind", "=", "kubernetes.plan").execute()).toEqual([]);
    await runnerCan(fixture, allTools);
    await retryStep({ ctx: fixture.ctx, input: { workflowId: id, stepId: step?.id ?? "" } });
    // Its config reads an output that nobody made: the runner was not the reason any more.
    expect((await fixture.workflow(id)).failure?.reason).toBe("template_failed");
  });
});

describe("the cluster", () => {
  const kubeconfig = "users:\n- user:\n    token: s3cr3t-token\n";

  it("of a context is that of its component; credentials in a kubeconfig stay out of logs; actions get it where they want one", async () => {
    const plain: Component = {
      ...componentBase("routes", ["second"]),
      type: "kubernetes_manifest",
      namespace: "web",
      manifest: "kind: Pod\n",
    };
    await using fixture = await createFixture(
      {
        components: [{ name: "second" }],
        others: [{ ...plain, kubernetesContext: "compute" }],
        contexts: [{ name: "compute", component: "second" }],
        actions: [{ name: "with", enableKubeConfig: true }, { name: "without" }],
      },
      { approveAll: true },
    );
    const id = await start(fixture);
    await fixture.finish(id, "sandbox/plan");
    await fixture.finish(id, "sandbox/apply");
    await fixture.finish(id, "component:second/plan");
    await fixture.finish(id, "component:second/apply", { outputs: { cluster: { kubeconfig } } });
    const routes = await fixture.spec(id, "component:routes/plan");
    expect(routes.spec).toMatchObject({ cluster: { kind: "kubeconfig", contents: kubeconfig } });
    expect(routes.redact).toContain("s3cr3t-token");
    await fixture.finish(id, "component:routes/plan");
    await fixture.finish(id, "component:routes/apply");

    const run = async (action: string) => {
      const workflow = await start(fixture, { type: "action_run", action, trigger: "manual" });
      return (await fixture.spec(workflow, `action:${action}/manual`)).spec;
    };
    expect(await run("with")).toMatchObject({ kind: "action.run", cluster: { kind: "ambient" } });
    expect(await run("without")).not.toHaveProperty("cluster");
  });

  it("in a shape that leads nowhere fails the step, naming the output", async () => {
    await using fixture = await createFixture(
      { others: [{ ...manifest, dependencies: [], manifest: "kind: Pod\n" }] },
      { approveAll: true },
    );
    const id = await start(fixture);
    await fixture.finish(id, "sandbox/plan");
    await fixture.finish(id, "sandbox/apply", { outputs: { cluster: { name: "c1" } } });
    expect((await fixture.workflow(id)).failure).toMatchObject({
      reason: "spec_invalid",
      detail: expect.stringMatching(/output cluster of the sandbox has neither/) as string,
    });
  });
});
