import { afterCommit, type Ctx } from "../context.ts";
import { recordTarget } from "../installs/record-target.ts";
import { cancelJob } from "../jobs/cancel.ts";
import { autoApprove, askApproval, expireApproval, supersedeApproval } from "../approvals/record.ts";
import { whyStale } from "../approvals/why-stale.ts";
import { recordCheck } from "../drift/record.ts";
import { recordSecrets } from "../secrets/record.ts";
import type { Effect } from "./decide.ts";
import type { Loaded } from "./load-facts.ts";
import { moveStep } from "./move-step.ts";
import { moveWorkflow } from "./move-workflow.ts";
import type { StepRow } from "./queries.ts";
import { startJob } from "./start-job.ts";

/**
 * Runs one effect of a decision in its transaction.
 * @returns true when what happened is news to the decider: it has to look again
 */
export async function perform(ctx: Ctx, loaded: Loaded, effect: Effect): Promise<boolean> {
  const { workflow } = loaded;
  const step = "stepId" in effect ? stepOf(loaded, effect.stepId) : undefined;
  switch (effect.do) {
    case "move_workflow":
      await moveWorkflow(ctx, workflow, effect.event, effect.failure);
      return false;
    case "cancel_job": {
      const { state } = await cancelJob({ ctx, input: { jobId: effect.jobId, reason: effect.reason } });
      return state === "cancelled";
    }
    case "move_step":
      await moveStep(ctx, workflow, need(step), effect);
      return false;
    case "start_job":
      return !(await startJob(ctx, loaded, need(step), effect.planDigest));
    case "record_target":
      await recordTarget(ctx, {
        installId: workflow.install_id,
        workflowId: workflow.id,
        target: need(step).target ?? "",
        jobId: effect.jobId,
        planJobId: planJobOf(loaded, need(step)),
        buildId: need(step).build_id,
        outcome: effect.outcome,
      });
      return false;
    case "ask_approval":
      await askApproval(ctx, workflow, need(step), effect);
      return false;
    case "auto_approve": {
      // It has waited: what it was made from may have moved since.
      const why = await whyStale(ctx, loaded, need(step));
      if (why.length > 0) {
        await supersedeApproval(ctx, workflow, effect.approvalId);
        await moveStep(ctx, workflow, need(step), { event: "replan", note: `Planned again: ${why.join("; ")}` });
        return true;
      }
      await autoApprove(ctx, workflow, need(step), effect);
      return false;
    }
    case "record_drift": {
      const installId = workflow.install_id;
      const target = need(step).target ?? "";
      await recordCheck(ctx, { installId, target, workflowId: workflow.id, planId: effect.planId, plan: effect.plan });
      return false;
    }
    case "record_secrets": {
      const installId = workflow.install_id;
      const written = !effect.failed && need(step).params.dry !== true;
      await recordSecrets(ctx, { installId, workflowId: workflow.id, jobId: effect.jobId, written });
      return false;
    }
    case "expire_approval":
      await expireApproval(ctx, workflow, effect.approvalId);
      return false;
    case "retry_later":
      await ctx.db
        .updateTable("steps")
        .set({ auto_retries: effect.count, not_before: new Date(effect.notBefore) })
        .where("id", "=", effect.stepId)
        .execute();
      Object.assign(need(step), { auto_retries: effect.count, not_before: new Date(effect.notBefore) });
      await afterCommit(ctx, {
        kind: "enqueue",
        queue: "workflow-advance",
        data: { workflowId: workflow.id },
        delayMs: Math.max(0, Date.parse(effect.notBefore) - ctx.system.now().getTime()) + 50,
      });
      return false;
    case "supersede_approval":
      await supersedeApproval(ctx, workflow, effect.approvalId);
      return false;
  }
}

/** The job that planned what a step did: its own, or that of the step whose plan it applied. */
function planJobOf(loaded: Loaded, step: StepRow): string | null {
  if (step.kind.endsWith(".plan")) return step.job_id;
  return loaded.steps.find(({ key }) => key === step.params.plan)?.job_id ?? null;
}

function stepOf(loaded: Loaded, stepId: string): StepRow {
  return need(loaded.steps.find((step) => step.id === stepId));
}

function need<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("A decision names a step that its workflow does not have");
  return value;
}
