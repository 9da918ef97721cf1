import { AppError } from "@berth/kit/errors";
import type { PlanSummary } from "@berth/protocol/job-result";
import type { Ctx } from "../context.ts";

/** A plan without its bytes. */
export type PlanView = {
  id: string;
  installId: string;
  jobId: string;
  target: string;
  digest: string;
  size: number;
  hasDisplay: boolean;
  summary?: PlanSummary;
  createdAt: string;
};

/** @throws AppError `not_found` */
export async function getPlan(ctx: Ctx, input: { planId: string }): Promise<PlanView> {
  const row = await ctx.db
    .selectFrom("plans")
    .select(["id", "install_id", "job_id", "target", "digest", "size", "summary", "created_at"])
    .select((eb) => eb("display_enc", "is not", null).as("has_display"))
    .where("org_id", "=", ctx.orgId)
    .where("id", "=", input.planId)
    .$if(ctx.onlyInstall !== undefined, (query) => query.where("install_id", "=", ctx.onlyInstall ?? ""))
    .executeTakeFirst();
  if (!row) throw new AppError("not_found", `There is no plan ${input.planId}`);
  return {
    id: row.id,
    installId: row.install_id,
    jobId: row.job_id,
    target: row.target,
    digest: row.digest,
    size: row.size,
    hasDisplay: Boolean(row.has_display),
    ...(row.summary ? { summary: row.summary } : {}),
    createdAt: row.created_at.toISOString(),
  };
}
