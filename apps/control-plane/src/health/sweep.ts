import { systemCtx, transact, type System } from "../context.ts";
import { forgetSilent } from "./record.ts";

/** Finds components that nothing has been heard of for too long. */
export async function sweepHealth(system: System): Promise<void> {
  const orgs = await system.db
    .selectFrom("component_health")
    .select("org_id")
    .distinct()
    .where("verdict", "!=", "unknown")
    .where("stale_at", "<", system.now())
    .execute();
  for (const { org_id: orgId } of orgs) await transact(systemCtx(system, orgId), async (ctx) => void (await forgetSilent(ctx)));
}
