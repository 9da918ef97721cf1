import type { JobResult } from "@berth/protocol/job-result";
import { probeReportsSchema } from "@berth/protocol/specs/health";
import type { Ctx } from "../context.ts";
import { findInstallConfig } from "../installs/queries.ts";
import { probedComponents } from "./probed-components.ts";
import { takeIn } from "./take-in.ts";
import { probeCountsMs } from "./tick-probes.ts";

/** Takes in what the probes of an install saw, as of when their job began. What the config has no probe for is let go. Call it in a transaction. */
export async function onProbed(ctx: Ctx, input: { installId: string; at: Date; outputs: JobResult["outputs"] }): Promise<void> {
  const { installId, at } = input;
  const reports = probeReportsSchema.safeParse(input.outputs?.["probes"]?.value);
  if (!reports.success) return;
  const { config } = await findInstallConfig(ctx, installId);
  const known = new Set(probedComponents(config).flatMap(({ name, probes }) => probes.map((probe) => `${name}/${probe.name}`)));
  const staleAt = new Date(at.getTime() + probeCountsMs);
  for (const { component, name, healthy, why } of reports.data) {
    if (!known.has(`${component}/${name}`)) continue;
    await takeIn(ctx, { installId, component, name, by: "probe", status: healthy ? "healthy" : "unhealthy", why, at, staleAt });
  }
}
