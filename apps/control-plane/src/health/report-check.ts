import { AppError } from "@berth/kit/errors";
import { transact, type Ctx } from "../context.ts";
import { findInstall, findInstallConfig } from "../installs/queries.ts";
import { probedComponents, readinessCheck } from "./probed-components.ts";
import { takeIn } from "./take-in.ts";
import type { Observation } from "./track.ts";

export type ReportInput = {
  installId: string;
  component: string;
  name: string;
  status: Observation["status"];
  message: string;
  staleAfterSeconds: number;
};

/** Takes in what somebody's own check says of a component. @throws AppError `not_found`; `name_taken` for the name of one of the app's actions or of the component's probes */
export function reportCheck({ ctx: outer, input }: { ctx: Ctx; input: ReportInput }): Promise<void> {
  return transact(outer, async (ctx) => {
    const { installId, component, name, status, message } = input;
    await findInstall(ctx, installId);
    const { config } = await findInstallConfig(ctx, installId);
    if (!config.components.some((each) => each.name === component))
      throw new AppError("not_found", `The app config has no component "${component}"`);
    if (config.actions.some((action) => action.name === name))
      throw new AppError("name_taken", `"${name}" is one of the app's actions; give the check another name`);
    const probed = probedComponents(config).find((each) => each.name === component);
    if (probed?.probes.some((probe) => probe.name === name))
      throw new AppError("name_taken", `"${name}" is one of the component's probes; give the check another name`);
    if (probed?.readiness && name === readinessCheck)
      throw new AppError(
        "name_taken",
        `"${name}" is the check of the component's objects in the cluster; give yours another name, or set health.readiness = false`,
      );
    const at = ctx.system.now();
    await takeIn(ctx, {
      installId,
      component,
      name,
      by: ctx.actor,
      status,
      why: message || status,
      at,
      staleAt: new Date(at.getTime() + input.staleAfterSeconds * 1000),
    });
  });
}
