import type { System } from "../context.ts";

/**
 * The repositories that an install has a use for: of what its pinned app config and those of its open workflows consist of, and of what stands. A chart or image
 * of another app, or of another vendor, is never among them.
 */
export async function pullableRepositories(system: System, input: { orgId: string; installId: string }): Promise<Set<string>> {
  const { db } = system;
  const configs = db
    .selectFrom("installs")
    .select("app_config_id")
    .where("org_id", "=", input.orgId)
    .where("id", "=", input.installId)
    .union(
      db
        .selectFrom("workflows")
        .select("app_config_id")
        .where("org_id", "=", input.orgId)
        .where("install_id", "=", input.installId)
        .where("state", "in", ["queued", "running", "awaiting_approval"]),
    );
  const builds = db
    .selectFrom("app_config_targets")
    .select("build_id")
    .where("org_id", "=", input.orgId)
    .where("app_config_id", "in", configs)
    .union(db.selectFrom("install_targets").select("build_id").where("org_id", "=", input.orgId).where("install_id", "=", input.installId));
  const rows = await db
    .selectFrom("artifacts")
    .innerJoin("builds", "builds.artifact_id", "artifacts.id")
    .select("artifacts.repository")
    .distinct()
    .where("artifacts.org_id", "=", input.orgId)
    .where("builds.id", "in", builds)
    .execute();
  return new Set(rows.map(({ repository }) => repository));
}
