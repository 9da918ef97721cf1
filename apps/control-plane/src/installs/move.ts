import { removeSchedules, syncSchedules } from "../actions/sync-schedules.ts";
import type { Ctx } from "../context.ts";
import { syncProbes } from "../health/sync-probes.ts";
import { removeDriftSchedules, syncDriftSchedules } from "../drift/schedules.ts";
import { recordEvent } from "../events/record.ts";
import type { WorkflowRow } from "../workflows/queries.ts";
import { installMachine, type InstallEvent, type WorkflowEvent } from "../workflows/state.ts";
import { findInstallConfig } from "./queries.ts";
import { disabledComponents } from "./toggles.ts";

const provision: Readonly<Partial<Record<WorkflowEvent, InstallEvent>>> = {
  start: "provision",
  succeed: "provisioned",
  fail: "fail",
  cancel: "fail",
};
const deprovision: Readonly<Partial<Record<WorkflowEvent, InstallEvent>>> = {
  start: "deprovision",
  succeed: "deprovisioned",
  fail: "fail",
  cancel: "fail",
};

/** Operations on the whole install, and what they make of it. */
const ofOperation: Readonly<Record<string, typeof provision | undefined>> = {
  provision,
  reprovision: provision,
  reprovision_sandbox: provision,
  deprovision,
  deprovision_sandbox: deprovision,
};

/** Moves an install as one of its workflows moves. Schedules run from the first time it is active until it is deprovisioned. */
export async function moveInstall(ctx: Ctx, workflow: WorkflowRow, moved: WorkflowEvent): Promise<void> {
  const event = await eventOf(ctx, workflow, moved);
  if (event === undefined || !workflow.started_at) return;
  const row = await ctx.db
    .updateTable("installs")
    .set((eb) => {
      const from = installMachine.statesAccepting(event);
      const [first = "created"] = from;
      // Every state that takes the event goes to the same one.
      return { state: eb.val(installMachine.next(first, event) ?? first) };
    })
    .where("id", "=", workflow.install_id)
    .where("state", "in", installMachine.statesAccepting(event))
    .returning("state")
    .executeTakeFirst();
  if (!row) return;
  await recordEvent(ctx, {
    subjectKind: "install",
    subjectId: workflow.install_id,
    event: row.state,
    installId: workflow.install_id,
    workflowId: workflow.id,
  });
  if (row.state === "active") await syncSchedules(ctx, workflow.install_id);
  // Its first deploys wait for what probes see already.
  if (row.state === "provisioning" || row.state === "active") await syncProbes(ctx, workflow.install_id);
  // What stands is looked at after a failure too, unless it was to be removed.
  const provisioning = ofOperation[workflow.operation] !== deprovision;
  if (row.state === "active" || (row.state === "error" && provisioning)) await syncDriftSchedules(ctx, workflow.install_id);
  if (row.state === "deprovisioning") await removeSchedules(ctx, workflow.install_id);
  if (row.state === "deprovisioning") await removeDriftSchedules(ctx, workflow.install_id);
}

async function eventOf(ctx: Ctx, workflow: WorkflowRow, moved: WorkflowEvent): Promise<InstallEvent | undefined> {
  const own = ofOperation[workflow.operation];
  if (own) return own[moved];
  return moved === "succeed" && (await allStand(ctx, workflow.install_id)) ? "recover" : undefined;
}

/** Whether the sandbox and every component of the config that is on stand without an error. */
async function allStand(ctx: Ctx, installId: string): Promise<boolean> {
  const { config } = await findInstallConfig(ctx, installId);
  const rows = await ctx.db
    .selectFrom("install_targets")
    .select("target")
    .where("install_id", "=", installId)
    .where("state", "=", "active")
    .execute();
  const active = new Set(rows.map((row) => row.target));
  const disabled = await disabledComponents(ctx, { installId, config });
  const wanted = config.components.flatMap(({ name }) => (disabled.includes(name) ? [] : [`component:${name}`]));
  return ["sandbox", ...wanted].every((target) => active.has(target));
}
