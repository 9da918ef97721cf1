import type { Ctx } from "../context.ts";
import { readSettings, type InstallSettings } from "../installs/read-settings.ts";
import type { RunnerFact } from "./facts.ts";

const runnerOrder = ["online", "offline", "enrolling", "disabled"];

/** The install's approve-all, its settings and the best of its runners, as `createJob` would choose it. */
export async function loadRunner(
  ctx: Ctx,
  installId: string,
): Promise<{ approveAll: boolean; settings: InstallSettings; runner?: RunnerFact }> {
  const rows = await ctx.db
    .selectFrom("installs")
    .innerJoin("orgs", "orgs.id", "installs.org_id")
    .leftJoin("runners", (join) => join.onRef("runners.install_id", "=", "installs.id").on("runners.state", "!=", "revoked"))
    .select([
      "installs.approve_all",
      "installs.settings",
      "orgs.settings as org_settings",
      "runners.id",
      "runners.state",
      "runners.last_seen_at",
      "runners.draining",
      "runners.capabilities",
      "runners.created_at",
    ])
    .where("installs.id", "=", installId)
    .orderBy("runners.created_at", "desc")
    .execute();
  const approveAll = rows[0]?.approve_all ?? false;
  const settings = readSettings(rows[0]?.settings ?? {}, rows[0]?.org_settings ?? {});
  const [best] = rows.toSorted((a, b) => runnerOrder.indexOf(a.state ?? "") - runnerOrder.indexOf(b.state ?? ""));
  if (!best || best.id === null || best.state === null) return { approveAll, settings };
  const { kinds, tools } = best.capabilities ?? {};
  return {
    approveAll,
    settings,
    runner: {
      id: best.id,
      state: best.state,
      draining: best.draining ?? false,
      ...(best.last_seen_at ? { lastSeenAt: best.last_seen_at.toISOString() } : {}),
      ...(kinds && tools ? { can: { kinds, tools } } : {}),
    },
  };
}
