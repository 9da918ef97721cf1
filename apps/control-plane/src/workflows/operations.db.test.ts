import { describe, expect, it } from "vitest";
import { decideApproval } from "../approvals/decide.ts";
import { rerun, runAdhoc } from "../actions/run-adhoc.ts";
import { getInstall } from "../installs/get.ts";
import { listRunbooks } from "../runbooks/list.ts";
import { previewWorkflow, startWorkflow, type StartInput } from "./start.ts";
import { createFixture, type Fixture } from "./testing/fixture.ts";

type Operation = StartInput["operation"];

const start = async (fixture: Fixture, operation: Operation, more: Partial<StartInput> = {}): Promise<string> =>
  (await startWorkflow({ ctx: fixture.ctx, input: { installId: fixture.installId, operation, ...more } })).workflowId;

/** Takes a workflow to its end: every plan approved, every job a success. */
async function toTheEnd(fixture: Fixture, workflowId: string): Promise<void> {
  for (;;) {
    const { steps, state } = await fixture.workflow(workflowId);
    const waiting = steps.find((step) => step.state === "awaiting_approval");
    const running = steps.find((step) => step.state === "running");
    if (waiting) {
      const { id, digest } = await fixture.pendingApproval(workflowId, waiting.key);
      await decideApproval({ ctx: fixture.ctx, input: { approvalId: id, decision: "approve", scope: "workflow", digest } });
    } else if (running) await fixture.finish(workflowId, running.key);
    else return expect(state).toBe("succeeded");
  }
}

describe("going back", () => {
  it("of a component: to the build that stood before, or to a named one, and only to one of its own that succeeded", async () => {
    await using fixture = await createFixture({ components: [{ name: "api" }] });
    await toTheEnd(fixture, await start(fixture, { type: "provision" }));
    const built = async (configId: string): Promise<string> =>
      (
        await fixture.ctx.db
          .selectFrom("app_config_targets")
          .select("build_id")
          .where("app_config_id", "=", configId)
          .where("target", "=", "component:api")
          .executeTakeFirstOrThrow()
      ).build_id ?? "";
    const first = await built(fixture.configId);
    const newer = await fixture.addConfig({ components: [{ name: "api" }] });
    const api: Operation = { type: "deploy", components: ["api"], withDependents: false };
    await toTheEnd(fixture, await start(fixture, api, { appConfig: "latest" }));

    const back = await start(fixture, { ...api, builds: { api: "previous" } });
    const digest = (
      await fixture.ctx.db
        .selectFrom("artifacts")
        .innerJoin("builds", "builds.artifact_id", "artifacts.id")
        .select("artifacts.digest")
        .where("builds.id", "=", first)
        .executeTakeFirstOrThrow()
    ).digest;
    expect((await fixture.spec(back, "component:api/plan")).spec).toMatchObject({ artifact: { digest } });
    await toTheEnd(fixture, back);
    const { targets, appConfigId } = await getInstall({ ctx: fixture.ctx, input: fixture });
    expect(targets.find(({ target }) => target === "component:api")).toMatchObject({ buildId: first });
    expect(appConfigId).toBe(newer);

    // And forward again: what stood before is now the newer one.
    const forward = await start(fixture, { ...api, builds: { api: "previous" } });
    await toTheEnd(fixture, forward);
    expect((await fixture.workflow(forward)).params).toMatchObject({ builds: { api: await built(newer) } });
    await expect(start(fixture, { ...api, builds: { api: "bldnope" } })).rejects.toMatchObject({ code: "not_found" });
    const unfinished = await built(await fixture.addConfig({ components: [{ name: "api" }] }, "running"));
    await expect(start(fixture, { ...api, builds: { api: unfinished } })).rejects.toMatchObject({ code: "state_conflict" });
  });

  it("of a whole install: to the app config that it ran before", async () => {
    await using fixture = await createFixture({ components: [{ name: "api" }] });
    await toTheEnd(fixture, await start(fixture, { type: "provision" }));
    await expect(start(fixture, { type: "deploy_all" }, { appConfig: "previous" })).rejects.toMatchObject({ code: "state_conflict" });
    await fixture.addConfig({ components: [{ name: "api" }, { name: "more" }] });
    await toTheEnd(fixture, await start(fixture, { type: "deploy_all" }, { appConfig: "latest" }));
    await toTheEnd(fixture, await start(fixture, { type: "deploy_all" }, { appConfig: "previous" }));
    expect(await getInstall({ ctx: fixture.ctx, input: fixture })).toMatchObject({ appConfigId: fixture.configId, state: "active" });
    // What the older config does not know can be removed.
    await toTheEnd(fixture, await start(fixture, { type: "teardown", components: ["more"], withDependents: false }));
  });
});

describe("components that can be turned on and off", () => {
  const small = { components: [{ name: "db" }, { name: "metrics", dependencies: ["db"], toggleable: true, defaultEnabled: false }] };

  it("start as the config says, are deployed and removed as they are turned, and the install tells which are off", async () => {
    await using fixture = await createFixture(small);
    const provision = await start(fixture, { type: "provision" });
    await toTheEnd(fixture, provision);
    expect((await fixture.states(provision))["component:metrics/plan"]).toBe("skipped");
    const install = () => getInstall({ ctx: fixture.ctx, input: fixture });
    expect(await install()).toMatchObject({ state: "active", disabled: ["metrics"] });

    // A preview and a plan change nothing.
    const on: Operation = { type: "component_toggle", enable: ["metrics"], disable: [] };
    expect(await previewWorkflow({ ctx: fixture.ctx, input: { installId: fixture.installId, operation: on } })).toHaveLength(2);
    await toTheEnd(fixture, await start(fixture, on, { planOnly: true }));
    expect(await install()).toMatchObject({ disabled: ["metrics"] });

    await toTheEnd(fixture, await start(fixture, on));
    expect(await install()).toMatchObject({
      disabled: [],
      targets: expect.arrayContaining([expect.objectContaining({ target: "component:metrics", state: "active" })]) as unknown,
    });
    await toTheEnd(fixture, await start(fixture, { type: "component_toggle", enable: [], disable: ["metrics"] }));
    expect(await install()).toMatchObject({
      disabled: ["metrics"],
      targets: expect.arrayContaining([expect.objectContaining({ target: "component:metrics", state: "inactive" })]) as unknown,
    });
  });
});

describe("a runbook", () => {
  const step = { deployDependents: false, tearDownDependents: false, skipComponentDeploys: false, envVars: {} };
  const small = {
    components: [{ name: "api" }],
    actions: [{ name: "check" }],
    runbooks: [
      {
        file: "runbooks/rotate.toml",
        name: "rotate",
        labels: {},
        inputs: [
          { name: "days", required: true, sensitive: false, type: "number" as const },
          { name: "token", required: false, sensitive: true, type: "string" as const },
        ],
        steps: [
          {
            ...step,
            name: "Rotate",
            type: "action",
            command: "rotate {{ .runbook_inputs.days }} {{ .runbook_inputs.token }} {{ .nuon.install.name }}",
          },
          { ...step, name: "Check", type: "action", actionName: "check", envVars: { DAYS: "{{ .runbook_inputs.days }}" } },
          { ...step, name: "Deploy", type: "component_deploy", componentName: "api" },
        ],
        references: [],
      },
    ],
  };

  it("runs its scripts and actions with what the run was given; what is sensitive is kept out of sight", async () => {
    await using fixture = await createFixture(small);
    await toTheEnd(fixture, await start(fixture, { type: "provision" }));
    const operation: Operation = { type: "runbook_run", runbook: "rotate", skip: [] };
    await expect(start(fixture, operation)).rejects.toMatchObject({
      code: "invalid_inputs",
      message: expect.stringContaining('"days"') as unknown,
    });
    await expect(start(fixture, operation, { inputs: { days: "1", nope: "1" } })).rejects.toMatchObject({
      message: expect.stringContaining('Runbook "rotate" has no input "nope"') as unknown,
    });

    const run = await start(fixture, operation, { inputs: { days: 30, token: "t0ken-of-mine" } });
    const script = await fixture.spec(run, "Rotate/script");
    expect(script.spec).toMatchObject({ kind: "action.run", steps: [{ command: "rotate 30 t0ken-of-mine customer" }] });
    expect(script.redact).toContain("t0ken-of-mine");
    expect((await fixture.workflow(run)).params).toEqual({ runbook: "rotate", skip: [], inputs: { days: "30" } });
    await fixture.finish(run, "Rotate/script");
    expect((await fixture.spec(run, "Check/action:check/runbook")).spec).toMatchObject({
      action: "check",
      steps: [{ envVars: { DAYS: "30" } }],
    });
    await toTheEnd(fixture, run);
    expect(await fixture.states(run)).toMatchObject({ "Deploy/component:api/apply": "succeeded" });
    expect(await listRunbooks({ ctx: fixture.ctx, input: fixture })).toMatchObject({
      items: [{ name: "rotate", steps: [{ does: "run a script" }, { does: "run action check" }, { does: "deploy api" }] }],
    });
  });
});

describe("removing the sandbox alone", () => {
  it("is refused while components stand, and leaves the install deprovisioned", async () => {
    await using fixture = await createFixture({ components: [{ name: "api" }] });
    await toTheEnd(fixture, await start(fixture, { type: "provision" }));
    await expect(start(fixture, { type: "deprovision_sandbox" })).rejects.toMatchObject({ code: "state_conflict" });
    await toTheEnd(fixture, await start(fixture, { type: "teardown_all" }));
    await toTheEnd(fixture, await start(fixture, { type: "deprovision_sandbox" }));
    expect(await getInstall({ ctx: fixture.ctx, input: fixture })).toMatchObject({ state: "deprovisioned" });
  });
});

describe("a command that is given for one run", () => {
  it("is rendered, run beside everything, kept out of sight, and can be run again", async () => {
    await using fixture = await createFixture({ components: [] });
    const { ctx, installId } = fixture;
    const given = {
      name: "look",
      timeoutSeconds: 60,
      kubeconfig: false,
      command: "echo {{ .nuon.install.name }} s3cret-token",
      env: { WHO: "me" },
    };
    const run = await runAdhoc({ ctx, input: { installId, ...given } });
    const workflowId = run.workflowId ?? "";
    expect((await fixture.spec(workflowId, "adhoc")).spec).toMatchObject({
      kind: "action.run",
      action: "adhoc/look",
      steps: [{ name: "run", command: "echo customer s3cret-token", envVars: { WHO: "me" } }],
    });
    const { params } = await fixture.workflow(workflowId);
    expect(JSON.stringify(params)).not.toContain("s3cret-token");
    await fixture.finish(workflowId, "adhoc");
    const again = await rerun({ ctx, input: { runId: run.id } });
    expect((await fixture.spec(again.workflowId ?? "", "adhoc")).spec).toMatchObject({
      steps: [{ command: "echo customer s3cret-token", envVars: { WHO: "me" } }],
    });
    await expect(runAdhoc({ ctx, input: { ...given, installId, script: "#!/bin/sh" } })).rejects.toMatchObject({ code: "bad_request" });
  });
});
