import { signSchedules, type SignedSchedules } from "@berth/protocol/schedules";
import type { Ctx } from "../context.ts";
import { offlineProbes } from "./offline-probes.ts";
import { offlineSchedules } from "./offline.ts";
import { scheduleSigningKey } from "./signing-key.ts";

/** A runner without a link goes on with its schedules this long after they were issued, in ms. */
export const scheduleLifetimeMs = 7 * 24 * 3600 * 1000;
/** With a link it gets them anew when they are this old, in ms. */
export const scheduleRenewMs = 24 * 3600 * 1000;

/** What a runner may run by itself while it has no link, signed. */
export async function issueSchedules(ctx: Ctx, { runnerId, installId }: { runnerId: string; installId: string }): Promise<SignedSchedules> {
  const now = ctx.system.now();
  const found = await offlineSchedules(ctx, installId);
  const probes = await offlineProbes(ctx, { runnerId, installId });
  return signSchedules(
    {
      runnerId,
      installId,
      issuedAt: now.toISOString(),
      expiresAt: new Date(now.getTime() + scheduleLifetimeMs).toISOString(),
      schedules: found.flatMap((each) => ("scheduled" in each ? [each.scheduled] : [])),
      ...(probes ? { probes } : {}),
    },
    scheduleSigningKey(ctx.system.vault),
  );
}
