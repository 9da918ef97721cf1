import { AppError } from "@berth/kit/errors";
import type { Ctx } from "../context.ts";
import { recordEvent } from "../events/record.ts";
import { startWorkflow, type StartInput } from "../workflows/start.ts";

/**
 * Starts a deploy that puts a drifted target back, once per record. Its plan waits for approval as any other does.
 * Where it can't be started, that is told in an event and the record stays open.
 */
export async function remediate(ctx: Ctx, input: { driftId: string; installId: string; target: string }): Promise<void> {
  const { driftId, installId, target } = input;
  const operation: StartInput["operation"] =
    target === "sandbox"
      ? { type: "reprovision_sandbox", skipComponents: true }
      : { type: "deploy", components: [target.slice("component:".length)], withDependents: false };
  try {
    const { workflowId } = await startWorkflow({ ctx, input: { installId, operation } });
    await ctx.db.updateTable("drifts").set({ remediation_id: workflowId }).where("id", "=", driftId).execute();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    await recordEvent(ctx, {
      subjectKind: "drift",
      subjectId: driftId,
      event: "not_remediated",
      installId,
      data: { target, why: error.message },
    });
  }
}
