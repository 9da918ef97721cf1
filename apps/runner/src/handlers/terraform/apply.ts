import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TerraformApplySpec } from "@berth/protocol/job-spec";
import { fetchApprovedPlan } from "../../plan/fetch-approved.ts";
import type { Handler } from "../handler.ts";
import { startBackend } from "./backend.ts";
import { readOutputs } from "./outputs.ts";
import { prepareTerraform } from "./prepare.ts";
import { terraform } from "./terraform.ts";

/** Applies exactly the approved plan: its bytes are fetched and hashed before Terraform applies anything. A destroy is the apply of a plan to destroy. */
export const runApply: Handler<TerraformApplySpec> = async (ctx, spec) => {
  const fetching = fetchApprovedPlan(ctx, spec.plan.digest);
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
