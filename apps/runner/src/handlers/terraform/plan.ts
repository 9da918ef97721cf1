import { openSync, closeSync, fsyncSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { sha256 } from "@berth/kit/digest";
import { messageOf } from "@berth/kit/errors";
import type { TerraformPlanSpec } from "@berth/protocol/job-spec";
import { writeDurable } from "../../durable.ts";
import type { PlanMeta } from "../../job/journal.ts";
import { JobFailure, type Handler } from "../handler.ts";
import { startBackend } from "./backend.ts";
import { prepareTerraform } from "./prepare.ts";
import { summarizePlan, type PlanJson } from "./summary.ts";
import { terraform, terraformData } from "./terraform.ts";

const displayLimit = 256 * 1024 * 1024;

/** Makes a plan: its file and `show -json` go into the journal, from where the runner delivers them; the summary is the result. */
export const runPlan: Handler<TerraformPlanSpec> = async (ctx, spec) => {
  const { journal } = ctx;
  await using backend = await startBackend(ctx);
  using prepared = await prepareTerraform(ctx, spec, { backend });
  // Before Terraform asks: where the state cannot be had, that is the failure to tell of, not what Terraform makes of it.
  const before = await backend.before();
  // Plans take no lock: they write nothing, and one that was overtaken by an apply is found stale when it is to be applied.
  const args = ["plan", "-input=false", "-no-color", "-lock=false", `-out=${journal.plan}`, ...(spec.destroy ? ["-destroy"] : [])];
  await terraform(ctx, prepared.run, args, prepared.planEnv);

  const bytes = readFileSync(journal.plan);
  const digest = sha256(bytes);
  const fd = openSync(journal.plan, "r");
  fsyncSync(fd);
  closeSync(fd);
  // The runner delivers the plan while Terraform is asked to show it.
  await writeDurable(journal.planMeta, JSON.stringify({ digest } satisfies PlanMeta));
  const json = await terraformData(ctx, prepared.run, ["show", "-json", "-no-color", journal.plan], displayLimit);
  const plan = summarizePlan(parsePlan(json), { digest, size: bytes.length, stateSerial: before?.serial, stateLineage: before?.lineage });
  await writeDurable(journal.planDisplay, await promisify(gzip)(json, { level: 1 }));
  await writeDurable(journal.planMeta, JSON.stringify({ digest, displayDigest: sha256(json) } satisfies PlanMeta));
  if (plan.hasChanges) prepared.workdir.keepFor({ ...prepared.mark, planDigest: digest });
  return { plan };
};

function parsePlan(json: Buffer): PlanJson {
  try {
    return JSON.parse(json.toString("utf8")) as PlanJson;
  } catch (error) {
    throw new JobFailure("terraform_failed", `terraform show -json printed no JSON: ${messageOf(error)}`);
  }
}
