import { secretsReportSchema, type SecretReport, type SecretsReport } from "@berth/protocol/specs/secrets";
import type { Ctx } from "../context.ts";
import { toJsonb } from "../db/jsonb.ts";
import { recordEvent } from "../events/record.ts";
import { rebuildState } from "../installs/rebuild-state.ts";
import { readJobOutputs } from "../jobs/open-outputs.ts";
import { findSecrets, type SecretsRow } from "./rows.ts";

/**
 * Keeps what a sync tells of each secret, in the transaction in which its step ends.
 * @param input.written false where it only looked, or failed: what was found is news, what was written is not
 */
export async function recordSecrets(
  ctx: Ctx,
  input: { installId: string; workflowId: string; jobId: string; written: boolean },
): Promise<void> {
  const { installId, workflowId, written } = input;
  const { plain } = await readJobOutputs({ ctx, jobId: input.jobId });
  const parsed = secretsReportSchema.safeParse(plain["secrets"]);
  // A job that ended before it had looked tells nothing.
  if (!parsed.success) return;
  const before = await findSecrets(ctx, installId);
  for (const report of parsed.data.secrets) await store(ctx, input, report, before.get(report.name));
  if (written) {
    const names = parsed.data.secrets.map(({ name }) => name);
    await ctx.db
      .deleteFrom("install_secrets")
      .where("org_id", "=", ctx.orgId)
      .where("install_id", "=", installId)
      .$if(names.length > 0, (query) => query.where("name", "not in", names))
      .execute();
  }
  await recordEvent(ctx, {
    subjectKind: "install",
    subjectId: installId,
    event: written ? "secrets_synced" : "secrets_checked",
    installId,
    workflowId,
    data: summary(parsed.data),
  });
  await rebuildState(ctx, { installId, cause: written ? "secrets synced" : "secrets looked at" });
}

async function store(
  ctx: Ctx,
  { installId, workflowId, written }: { installId: string; workflowId: string; written: boolean },
  report: SecretReport,
  before: SecretsRow | undefined,
): Promise<void> {
  const now = ctx.system.now();
  const changed = report.exists && (report.change === "created" || report.change === "updated" || !before?.changed_at);
  const found = {
    source: report.source,
    address: report.address ?? null,
    found: report.exists,
    problem: report.problem ?? null,
    workflow_id: workflowId,
    checked_at: now,
  };
  const values = {
    ...found,
    ...(written
      ? {
          change: report.change,
          digest: report.digest ?? null,
          length: report.length ?? null,
          targets: toJsonb(report.targets.filter(({ change }) => change !== "missing")),
          synced_at: now,
          ...(changed ? { changed_at: now } : {}),
        }
      : {}),
  };
  await ctx.db
    .insertInto("install_secrets")
    .values({ install_id: installId, org_id: ctx.orgId, name: report.name, targets: "[]", ...values })
    .onConflict((conflict) => conflict.columns(["install_id", "name"]).doUpdateSet(values))
    .execute();
}

/** Names by what became of them, for the audit trail. */
function summary({ secrets, removed }: SecretsReport): Record<string, unknown> {
  const by = (change: SecretReport["change"]): string[] => secrets.flatMap((each) => (each.change === change ? [each.name] : []));
  return {
    created: by("created"),
    updated: by("updated"),
    unchanged: by("unchanged").length,
    missing: by("missing"),
    generated: secrets.flatMap(({ name, generated }) => (generated ? [name] : [])),
    removed: removed.map(({ namespace, name }) => `${namespace}/${name}`).slice(0, 100),
  };
}
