import type { SecretReport } from "@berth/protocol/specs/secrets";
import type { SecretDefinition } from "@berth/toml-schema/config/inputs";
import { describe, expect, it } from "vitest";
import { decideApproval } from "../approvals/decide.ts";
import { getState } from "../installs/get-state.ts";
import { retryStep } from "../workflows/retry-step.ts";
import { startWorkflow, type StartInput } from "../workflows/start.ts";
import { createFixture, type Fixture } from "../workflows/testing/fixture.ts";
import { listSecrets } from "./list.ts";

const secret = (name: string, more: Partial<SecretDefinition> = {}): SecretDefinition => ({
  file: "secrets.toml",
  name,
  description: "",
  required: false,
  autoGenerate: false,
  format: "",
  kubernetesSyncTargets: [],
  ...more,
});
const target = { namespaces: ["{{ .nuon.install.name }}", "web"], name: "license", key: "value" };
const app = {
  components: [{ name: "api", vars: { secret: "{{ .nuon.secrets.license.arn }}" } }],
  secrets: [secret("license", { required: true, kubernetesSyncTargets: [target] }), secret("session", { autoGenerate: true })],
};
const arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:license-AbCdEf";
const placed = { account: { region: "eu-west-1" }, license_arn: arn };

const report = (name: string, more: Partial<SecretReport> = {}): SecretReport => ({
  name,
  source: "aws_secrets_manager",
  address: arn,
  exists: true,
  generated: false,
  change: "created",
  digest: "0a1b2c3d:00112233",
  length: 12,
  targets: [],
  ...more,
});
const outputs = (...secrets: SecretReport[]) => ({ secrets: { secrets, removed: [] } });
const start = async (fixture: Fixture, operation: StartInput["operation"], more: Partial<StartInput> = {}): Promise<string> =>
  (await startWorkflow({ ctx: fixture.ctx, input: { installId: fixture.installId, operation, ...more } })).workflowId;
const list = async (fixture: Fixture) => (await listSecrets({ ctx: fixture.ctx, input: fixture })).items;

/** Provisions the sandbox: the sync of secrets is the next step. */
async function provisionSandbox(fixture: Fixture): Promise<string> {
  const workflowId = await start(fixture, { type: "provision" });
  await fixture.finish(workflowId, "sandbox/plan");
  const { id, digest } = await fixture.pendingApproval(workflowId, "sandbox/plan");
  await decideApproval({ ctx: fixture.ctx, input: { approvalId: id, decision: "approve", scope: "workflow", digest } });
  await fixture.finish(workflowId, "sandbox/apply", { outputs: placed });
  return workflowId;
}

describe("a sync of secrets", () => {
  it("gives the runner names and places, and the state tree what the runner tells: an address, no value", async () => {
    await using fixture = await createFixture(app);
    expect((await list(fixture)).map(({ name, state }) => [name, state])).toEqual([
      ["license", "unknown"],
      ["session", "unknown"],
    ]);
    const workflowId = await provisionSandbox(fixture);
    expect((await fixture.spec(workflowId, "secrets/sync")).spec).toEqual({
      kind: "secrets.sync",
      dryRun: false,
      cluster: { kind: "ambient" },
      cloud: { kind: "aws", region: "eu-west-1" },
      secrets: [
        {
          name: "license",
          required: true,
          autoGenerate: false,
          format: "",
          address: { text: arn, from: "output license_arn of the sandbox" },
          targets: [
            { namespace: "customer", name: "license", key: "value" },
            { namespace: "web", name: "license", key: "value" },
          ],
        },
        { name: "session", required: false, autoGenerate: true, format: "", targets: [] },
      ],
    });
    const written = { namespace: "customer", name: "license", key: "value", change: "created" as const };
    await fixture.finish(workflowId, "secrets/sync", {
      outputs: outputs(report("license", { targets: [written] }), report("session", { address: "arn:x", generated: true })),
    });
    expect((await fixture.spec(workflowId, "component:api/plan")).spec).toMatchObject({ vars: { secret: arn } });
    const items = await list(fixture);
    expect(items[0]).toMatchObject({ state: "synced", source: "aws_secrets_manager", address: arn, change: "created", targets: [written] });
    expect(items[0]?.syncedAt).toBeDefined();
    const { content } = await getState({ ctx: fixture.ctx, input: fixture });
    expect(content).toMatchObject({ secrets: { license: { arn, exists: true, length: 12, kubernetes_namespace: "customer" } } });
    const { state: workflow, done } = await fixture.workflow(workflowId);
    expect([workflow, done.includes("secrets were synced")]).toEqual(["running", true]);
    const events = await fixture.ctx.db.selectFrom("events").select("data").where("event", "=", "secrets_synced").execute();
    expect(events[0]?.data).toMatchObject({ created: ["license", "session"], generated: ["session"] });
  });

  it("that fails keeps what was missing, holds the rest up, and goes on with a retry", async () => {
    await using fixture = await createFixture(app);
    const workflowId = await provisionSandbox(fixture);
    const problem = "is not in AWS Secrets Manager. Put it there";
    await fixture.finish(workflowId, "secrets/sync", {
      failure: { reason: "secrets_missing", detail: `Secret license: ${problem}` },
      outputs: outputs(report("license", { source: "none", exists: false, change: "missing", problem })),
    });
    expect(await fixture.workflow(workflowId)).toMatchObject({ state: "failed", failure: { reason: "secrets_missing" } });
    expect(await list(fixture)).toMatchObject([
      { name: "license", state: "failed", problem },
      { name: "session", state: "unknown" },
    ]);
    expect(await fixture.states(workflowId)).toMatchObject({ "secrets/sync": "failed", "component:api/plan": "not_attempted" });
    const { steps } = await fixture.workflow(workflowId);
    const failed = steps.find(({ key }) => key === "secrets/sync");
    expect(failed).toMatchObject({ retryable: true, skippable: true });
    await retryStep({ ctx: fixture.ctx, input: { workflowId, stepId: failed?.id ?? "" } });
    await fixture.finish(workflowId, "secrets/sync", { outputs: outputs(report("license"), report("session")) });
    expect(await list(fixture)).toMatchObject([{ state: "synced" }, { state: "synced" }]);
    expect(await fixture.states(workflowId)).toMatchObject({ "secrets/sync": "succeeded", "component:api/plan": "running" });
  });

  it("that only looks records what is there, and not that anything was written", async () => {
    await using fixture = await createFixture(app);
    await expect(start(fixture, { type: "secrets_sync" })).rejects.toMatchObject({ code: "state_conflict" });
    const workflowId = await start(fixture, { type: "secrets_sync" }, { planOnly: true });
    const { spec } = await fixture.spec(workflowId, "secrets/check");
    expect(spec).toMatchObject({ kind: "secrets.sync", dryRun: true });
    expect(spec).not.toHaveProperty("cluster");
    await fixture.finish(workflowId, "secrets/check", {
      outputs: outputs(report("license"), report("session", { source: "none", exists: false, change: "missing" })),
    });
    expect((await list(fixture)).map(({ name, state, syncedAt }) => [name, state, syncedAt])).toEqual([
      ["license", "found", undefined],
      ["session", "missing", undefined],
    ]);
    expect(await fixture.workflow(workflowId)).toMatchObject({ state: "succeeded", done: [] });
  });

  it("is told what the last one reported; the time of a change stays while nothing changes, and so does the state", async () => {
    await using fixture = await createFixture(app);
    const first = await provisionSandbox(fixture);
    await fixture.finish(first, "secrets/sync", { outputs: outputs(report("license"), report("session")) });
    const before = await list(fixture);
    const { version } = await getState({ ctx: fixture.ctx, input: fixture });
    await fixture.finish(first, "component:api/plan", { plan: { hasChanges: false } });
    const again = await start(fixture, { type: "secrets_sync" });
    expect((await fixture.spec(again, "secrets/sync")).spec).toMatchObject({ secrets: [{ lastDigest: "0a1b2c3d:00112233" }, {}] });
    const same = { change: "unchanged" as const };
    await fixture.finish(again, "secrets/sync", { outputs: outputs(report("license", same), report("session", same)) });
    const after = await list(fixture);
    expect(after[0]).toMatchObject({ change: "unchanged", changedAt: before[0]?.changedAt });
    const now = await getState({ ctx: fixture.ctx, input: fixture });
    // The component was recorded in between; the sync itself made no version.
    expect(now.version - version).toBeLessThanOrEqual(1);
    const causes = await fixture.ctx.db.selectFrom("install_states").select("cause").orderBy("version").execute();
    expect(causes.filter(({ cause }) => cause === "secrets synced")).toHaveLength(1);
  });

  it("of a config that knows a secret no longer takes what it wrote out of the cluster, then forgets it", async () => {
    await using fixture = await createFixture(app);
    const first = await provisionSandbox(fixture);
    const written = { namespace: "customer", name: "license", key: "value", change: "created" as const };
    await fixture.finish(first, "secrets/sync", { outputs: outputs(report("license", { targets: [written] }), report("session")) });
    await fixture.finish(first, "component:api/plan", { plan: { hasChanges: false } });
    await fixture.addConfig({ ...app, secrets: [] });
    const upgrade = await start(fixture, { type: "upgrade", sandbox: false, components: [] }, { appConfig: "latest", approveAll: true });
    expect((await list(fixture)).map(({ name, state }) => [name, state])).toEqual([
      ["license", "left"],
      ["session", "left"],
    ]);
    await fixture.finish(upgrade, "sandbox/plan", { plan: { hasChanges: false } });
    expect((await fixture.spec(upgrade, "secrets/sync")).spec).toMatchObject({ cluster: { kind: "ambient" }, secrets: [] });
    await fixture.finish(upgrade, "secrets/sync", { outputs: outputs() });
    expect(await list(fixture)).toEqual([]);
  });

  it("is undone by a deprovision, after which nothing is known", async () => {
    await using fixture = await createFixture(app);
    const first = await provisionSandbox(fixture);
    const written = { namespace: "customer", name: "license", key: "value", change: "created" as const };
    await fixture.finish(first, "secrets/sync", { outputs: outputs(report("license", { targets: [written] }), report("session")) });
    await fixture.finish(first, "component:api/plan", { plan: { hasChanges: false } });
    const last = await start(fixture, { type: "deprovision" }, { approveAll: true });
    await fixture.finish(last, "component:api/plan-teardown");
    await fixture.finish(last, "component:api/teardown");
    expect((await fixture.spec(last, "secrets/remove")).spec).toMatchObject({ cluster: { kind: "ambient" }, secrets: [], dryRun: false });
    await fixture.finish(last, "secrets/remove", { outputs: outputs() });
    expect((await list(fixture)).map(({ state }) => state)).toEqual(["unknown", "unknown"]);
    expect((await fixture.workflow(last)).done).toContain("secrets were taken out of the cluster");
    expect((await fixture.states(last))["sandbox/plan-teardown"]).toBe("running");
  });

  it("of another org's install is not found", async () => {
    await using fixture = await createFixture(app);
    const other = { ...fixture.ctx, orgId: "org_other" };
    await expect(listSecrets({ ctx: other, input: fixture })).rejects.toMatchObject({ code: "not_found" });
  });
});
