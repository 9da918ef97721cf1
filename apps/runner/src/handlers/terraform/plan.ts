import { messageOf } from "@berth/kit/errors";
import { planHeader } from "@berth/plan/header";
import { terraformPlan } from "@berth/plan/terraform";
import type { TerraformPlanSpec } from "@berth/protocol/job-spec";
import { redactText } from "../../logs/redact.ts";
import { leavePlanDisplay, leaveWrittenPlan } from "../../plan/leave.ts";
import { JobFailure, type Handler } from "../handler.ts";
import { startBackend } from "./backend.ts";
import { prepareTerraform } from "./prepare.ts";
import { terraform, terraformData } from "./terraform.ts";

const displayLimit = 256 * 1024 * 1024;

/** Makes a plan: its file and what is shown of it go into the journal, from where the runner delivers them; the summary is the result. */
export const runPlan: Handler<TerraformPlanSpec> = async (ctx, spec) => {
  const { journal } = ctx;
  await using backend = await startBackend(ctx);
  using prepared = await prepareTerraform(ctx, spec, { backend });
  // Before Terraform asks: where the state cannot be had, that is the failure to tell of, not what Terraform makes of it.
  const before = await backend.before();
  // Plans take no lock: they write nothing, and one that was overtaken by an apply is found stale when it is to be applied.
  const args = ["plan", "-input=false", "-no-color", "-lock=false", `-out=${journal.plan}`, ...(spec.destroy ? ["-destroy"] : [])];
  await terraform(ctx, prepared.run, args, prepared.planEnv);
  // The runner delivers the plan while Terraform is asked to show it.
  const left = await leaveWrittenPlan(ctx);
  const json = await terraformData(ctx, prepared.run, ["show", "-json", "-no-color", journal.plan], displayLimit);
  // A module may not say of a variable that it is sensitive; what fills it can be all the same.
  const objects = terraformPlan(parseShown(json), (text) => redactText(ctx.redaction, text));
  const plan = await leavePlanDisplay(ctx, {
    plan: left,
    header: planHeader({ kind: "terraform", objects }),
    objects,
    more: {
      ...(before?.serial === undefined ? {} : { stateSerial: before.serial }),
      ...(before?.lineage === undefined ? {} : { stateLineage: before.lineage }),
    },
  });
  if (plan.hasChanges) prepared.workdir.keepFor({ ...prepared.mark, planDigest: left.digest });
  return { plan };
};

function parseShown(json: Buffer): unknown {
  try {
    return JSON.parse(json.toString("utf8"));
  } catch (error) {
    throw new JobFailure("terraform_failed", `terraform show -json printed no JSON: ${messageOf(error)}`);
  }
}
