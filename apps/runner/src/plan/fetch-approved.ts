import { sha256 } from "@berth/kit/digest";
import { runnerPaths } from "@berth/protocol/runner-paths";
import { JobFailure, type JobContext } from "../handlers/handler.ts";
import { askControlPlane } from "../net/control-plane.ts";

/**
 * Fetches the bytes of the approved plan and hashes them: what was approved is what is applied.
 * @throws JobFailure `plan_unavailable` or `digest_mismatch`
 */
export async function fetchApprovedPlan(ctx: JobContext, wanted: string): Promise<Buffer> {
  const reply = await askControlPlane(ctx, {
    method: "GET",
    path: runnerPaths.plan(ctx.assign.jobId),
    reason: "plan_unavailable",
    what: "the approved plan",
  });
  // The control plane has checked it too, and found it altered.
  if (reply.status === 422) throw mismatch(wanted, "the control plane no longer has those bytes");
  if (reply.status !== 200) {
    throw new JobFailure(
      "plan_unavailable",
      `The control plane did not give the approved plan: ${reply.status} ${reply.body.toString("utf8", 0, 1000)}`,
    );
  }
  const actual = sha256(reply.body);
  if (actual !== wanted) throw mismatch(wanted, `what came is ${actual}`);
  return reply.body;
}

function mismatch(wanted: string, what: string): JobFailure {
  return new JobFailure("digest_mismatch", `The plan to apply is ${wanted}, ${what}. Nothing was applied; make a new plan.`);
}
