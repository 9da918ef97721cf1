import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "@berth/kit/digest";
import type { TerraformApplySpec } from "@berth/protocol/job-spec";
import { runnerPaths } from "@berth/protocol/runner-paths";
import { JobFailure, type Handler, type JobContext } from "../handler.ts";
import { startBackend } from "./backend.ts";
import { askControlPlane } from "./control-plane.ts";
import { readOutputs } from "./outputs.ts";
import { prepareTerraform } from "./prepare.ts";
import { terraform } from "./terraform.ts";

/** Applies exactly the approved plan: its bytes are fetched and hashed before Terraform applies anything. A destroy is the apply of a plan to destroy. */
export const runApply: Handler<TerraformApplySpec> = async (ctx, spec) => {
  const fetching = fetchPlan(ctx, spec);
  // Awaited below; until then a failure is no crash.
  fetching.catch(() => {});
  await using backend = await startBackend(ctx);
  using prepared = await prepareTerraform(ctx, spec, { backend, planDigest: spec.plan.digest });
  const plan = await fetching;
  await backend.before();
  const file = join(ctx.journal.work, "approved.tfplan");
  writeFileSync(file, plan, { mode: 0o600 });
  try {
    await terraform(ctx, prepared.run, ["apply", "-input=false", "-no-color", file]);
  } catch (error) {
    // Terraform only says that it could not lock; who holds the lock we have been told.
    throw ctx.signal.aborted ? error : (backend.refusal() ?? error);
  }
  return { outputs: await readOutputs(ctx, prepared.run, await backend.newest()) };
};

async function fetchPlan(ctx: JobContext, spec: TerraformApplySpec): Promise<Buffer> {
  const wanted = spec.plan.digest;
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
