import { AppError } from "@berth/kit/errors";
import { systemCtx, transact, type Ctx, type System } from "../context.ts";
import { startWorkflow, type StartInput } from "../workflows/start.ts";

/**
 * Starts a deploy for every open drift that its install's settings want put back, once per record; not for one where nothing in the account is otherwise. Its plan
 * waits for approval: no policy stands for a person where no person has asked for the deploy. Where it can't be started, that is kept with the record, which stays open.
 * @returns how many were started
 */
export async function remediateDrifts(system: System): Promise<number> {
  const rows = await system.db
    .selectFrom("drifts")
    .innerJoin("installs", "installs.id", "drifts.install_id")
    .select(["drifts.id", "drifts.org_id"])
    .where("drifts.state", "=", "open")
    .where("drifts.kind", "=", "resources")
    .where("drifts.remediation_id", "is", null)
    .where("drifts.remediation_problem", "is", null)
    .where("installs.forgotten_at", "is", null)
    .where((eb) => eb(eb.ref("installs.settings", "->>").key("driftRemediation"), "=", "plan"))
    .orderBy("drifts.detected_at")
    .limit(100)
    .execute();
  let started = 0;
  for (const row of rows) if (await remediate(systemCtx(system, row.org_id), row.id)) started++;
  return started;
}

async function remediate(outer: Ctx, driftId: string): Promise<boolean> {
  try {
    return await transact(outer, (ctx) => startDeploy(ctx, driftId));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    await outer.db
      .updateTable("drifts")
      .set({ remediation_problem: error.message })
      .where("id", "=", driftId)
      .where("remediation_id", "is", null)
      .execute();
    return false;
  }
}

async function startDeploy(ctx: Ctx, driftId: string): Promise<boolean> {
  // Of two replicas one finds it without a remediation.
  const drift = await ctx.db
    .selectFrom("drifts")
    .select(["install_id", "target"])
    .where("id", "=", driftId)
    .where("state", "=", "open")
    .where("remediation_id", "is", null)
    .forUpdate()
    .executeTakeFirst();
  if (!drift) return false;
  const { install_id: installId, target } = drift;
  const operation: StartInput["operation"] =
    target === "sandbox"
      ? { type: "reprovision_sandbox", skipComponents: true }
      : { type: "deploy", components: [target.slice("component:".length)], withDependents: false };
  const { workflowId } = await startWorkflow({ ctx, input: { installId, operation, withoutPolicies: true } });
  await ctx.db.updateTable("drifts").set({ remediation_id: workflowId }).where("id", "=", driftId).execute();
  return true;
}
