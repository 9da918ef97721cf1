import type { ProbeReport } from "@berth/protocol/specs/health";
import type { Ctx } from "../context.ts";
import { findInstallConfig } from "../installs/queries.ts";
import { probedComponents, readinessCheck } from "./probed-components.ts";
import { standingComponents } from "./standing.ts";
import { takeInAll } from "./take-in.ts";
import { probeCountsMs } from "./tick-probes.ts";

/**
 * Takes in what the probes of an install saw at one time, as one look at each component. What the config has no probe for is let go, and what is not there any more or just being removed.
 * Call it in a transaction.
 */
export async function takeInProbes(
  ctx: Ctx,
  input: { installId: string; at: Date; reports: readonly ProbeReport[]; offline?: boolean },
): Promise<void> {
  const { installId, at, offline = false } = input;
  const { config } = await findInstallConfig(ctx, installId);
  const standing = await standingComponents(ctx, installId);
  const known = new Set(
    probedComponents(config)
      .filter(({ name }) => standing.has(name))
      .flatMap(({ name, probes, readiness }) =>
        [...probes.map((probe) => probe.name), ...(readiness ? [readinessCheck] : [])].map((check) => `${name}/${check}`),
      ),
  );
  const staleAt = new Date(at.getTime() + probeCountsMs);
  const reports = input.reports.filter(({ component, name }) => known.has(`${component}/${name}`));
  for (const [component, ofComponent] of Map.groupBy(reports, (report) => report.component)) {
    await takeInAll(ctx, {
      installId,
      component,
      at,
      offline,
      reports: ofComponent.map(({ name, healthy, status = healthy ? "healthy" : "unhealthy", why }) => ({
        name,
        by: "probe",
        status,
        why,
        staleAt,
      })),
    });
  }
}
