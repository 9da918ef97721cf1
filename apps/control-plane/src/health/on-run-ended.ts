import type { Ctx } from "../context.ts";
import { findInstallConfig } from "../installs/queries.ts";
import { countsFor, judgedBy } from "./checks-of.ts";
import { takeIn } from "./take-in.ts";

/** A run of a health check has ended: what it says of the components it judges. A cancelled run says nothing. */
export async function onCheckEnded(
  ctx: Ctx,
  run: { installId: string; action: string; state: "succeeded" | "failed"; why: string | undefined; at: Date; offline?: boolean },
): Promise<void> {
  const { config } = await findInstallConfig(ctx, run.installId);
  const action = config.actions.find(({ name }) => name === run.action);
  if (!action) return;
  const staleAt = new Date(run.at.getTime() + countsFor(action, run.at));
  for (const component of judgedBy(action, config)) {
    await takeIn(ctx, {
      installId: run.installId,
      component,
      name: run.action,
      by: "action",
      status: run.state === "succeeded" ? "healthy" : "unhealthy",
      why: run.state === "succeeded" ? "the last run succeeded" : `the last run failed: ${run.why ?? "no reason was given"}`,
      at: run.at,
      staleAt,
      offline: run.offline ?? false,
    });
  }
}
