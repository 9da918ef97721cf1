import type { Ctx } from "../context.ts";
import type { BuildFacts } from "../db/schema.ts";
import type { BuildFact, StepFact } from "./facts.ts";
import type { StepRow, WorkflowRow } from "./queries.ts";

/** Removed, or planned as it was deployed. */
function byWhatStands({ params }: StepRow): boolean {
  return params.destroy === true || params.asMade === true;
}

const buildColumns = [
  "builds.id",
  "builds.state",
  "builds.created_at",
  "builds.failure",
  "builds.facts",
  "artifacts.repository",
  "artifacts.digest",
] as const;

/** The builds that steps would use if they started now: those of the config, and for a removal the one that stands. */
export async function loadBuilds(ctx: Ctx, workflow: WorkflowRow, steps: readonly StepRow[]): Promise<Map<string, StepFact["builds"]>> {
  if (!steps.some((step) => step.state === "pending" || step.state === "running")) return new Map();
  // A plan that succeeded is among them: it is made again when its apply finds it stale.
  const open = steps.filter((step) => !step.kind.endsWith(".apply"));
  const rows = await ctx.db
    .selectFrom("app_config_targets")
    .leftJoin("builds", "builds.id", "app_config_targets.build_id")
    .leftJoin("artifacts", "artifacts.id", "builds.artifact_id")
    .select(["app_config_targets.target", ...buildColumns])
    .where("app_config_targets.app_config_id", "=", workflow.app_config_id)
    .execute();
  const standing = open.some(byWhatStands)
    ? await ctx.db
        .selectFrom("install_targets")
        .innerJoin("builds", "builds.id", "install_targets.build_id")
        .leftJoin("artifacts", "artifacts.id", "builds.artifact_id")
        .select(["install_targets.target", ...buildColumns])
        .where("install_targets.install_id", "=", workflow.install_id)
        .execute()
    : [];
  const named = open.flatMap(({ params: { build } }) => (build === undefined ? [] : [build]));
  const chosen =
    named.length === 0
      ? []
      : await ctx.db
          .selectFrom("builds")
          .leftJoin("artifacts", "artifacts.id", "builds.artifact_id")
          .select(buildColumns)
          .where("builds.org_id", "=", ctx.orgId)
          .where("builds.id", "in", named)
          .execute();
  return new Map(
    open.map((step) => {
      if (step.params.unbuilt) return [step.id, []];
      if (step.kind === "action") {
        const prefix = `action:${step.params.action}/`;
        return [step.id, rows.filter((row) => row.target.startsWith(prefix)).map((row) => ({ target: row.target, ...buildFact(row) }))];
      }
      const target = step.target ?? "";
      if (step.params.build !== undefined) {
        const row = chosen.find((each) => each.id === step.params.build);
        return [step.id, [{ target, ...(row ? buildFact(row) : {}) }]];
      }
      const row =
        (byWhatStands(step) ? standing.find((each) => each.target === target) : undefined) ?? rows.find((each) => each.target === target);
      return [step.id, [{ target, ...(row ? buildFact(row) : {}) }]];
    }),
  );
}

function buildFact(row: {
  id: string | null;
  state: BuildFact["state"] | null;
  created_at: Date | null;
  repository: string | null;
  digest: string | null;
  failure: BuildFact["failure"] | null;
  facts: BuildFacts | null;
}): { build?: BuildFact } {
  if (row.id === null || row.state === null || row.created_at === null) return {};
  return {
    build: {
      id: row.id,
      state: row.state,
      createdAt: row.created_at.toISOString(),
      ...(row.repository === null || row.digest === null ? {} : { artifact: { repository: row.repository, digest: row.digest } }),
      ...(row.facts === null ? {} : { found: row.facts }),
      ...(row.failure ? { failure: row.failure } : {}),
    },
  };
}
