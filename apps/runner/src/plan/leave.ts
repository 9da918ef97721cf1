import { sha256 } from "@berth/kit/digest";
import { encodePlan } from "@berth/plan/encode";
import type { PlanHeader, PlanObject } from "@berth/plan/model";
import type { PlanSummary } from "@berth/protocol/job-result";
import { writeDurable } from "../durable.ts";
import type { PlanMeta } from "../job/journal.ts";
import type { JobContext } from "../handlers/handler.ts";

/**
 * Leaves a plan in the journal, from where the runner delivers it: its bytes, which an approval names by their digest, and what people are shown of it.
 * @returns the summary that goes into the job's result; `more` adds to it or overrides what is counted
 */
export async function leavePlan(
  ctx: JobContext,
  input: {
    bytes: Buffer;
    header: PlanHeader;
    objects: readonly PlanObject[];
    more?: Partial<Omit<PlanSummary, "digest" | "size">>;
  },
): Promise<PlanSummary> {
  const { bytes, header, objects } = input;
  const digest = sha256(bytes);
  await writeDurable(ctx.journal.plan, bytes);
  const shown = await encodePlan({ header, objects });
  await writeDurable(ctx.journal.planDisplay, shown.gzip);
  const meta: PlanMeta = { digest, displayDigest: shown.digest };
  await writeDurable(ctx.journal.planMeta, JSON.stringify(meta));
  const { create, update, replace, delete: remove } = header.counts;
  return {
    digest,
    size: bytes.length,
    hasChanges: create + update + replace + remove + header.counts.outputs > 0,
    create,
    update,
    replace,
    delete: remove,
    outputsChanged: objects.filter((object) => object.group === "outputs" && object.action !== "none").map((object) => object.address),
    ...(header.warnings.length > 0 ? { warnings: header.warnings as NonNullable<PlanSummary["warnings"]> } : {}),
    ...input.more,
  };
}
