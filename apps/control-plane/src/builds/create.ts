import { AppError } from "@berth/kit/errors";
import { getApp } from "../apps/get.ts";
import { applyConfig } from "../configs/sync.ts";
import { latestConfig } from "../configs/queries.ts";
import { resolveSources } from "../configs/resolve-sources.ts";
import { buildTargets, unbuiltParts } from "../configs/targets.ts";
import type { Ctx } from "../context.ts";
import { getBuild } from "./get.ts";
import type { BuildView } from "./view.ts";

/**
 * Builds a target of the latest config although nothing has changed; with `source: latest`, at what its branch is now. A build of what is not from git
 * looks up anew what it takes: the newest chart, the image that a tag stands for now.
 * @throws AppError `not_found` for app or target, `state_conflict` where nothing was synced yet, `unprocessable` for what is not built
 *   or from git, `upstream_failed` from git
 */
export async function createBuild({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { appId: string; target: string; source: "pinned" | "latest" };
}): Promise<BuildView> {
  const app = await getApp({ ctx, input });
  const before = await latestConfig(ctx, app.id);
  if (!before) throw new AppError("state_conflict", `Nothing was synced to app ${app.name} yet; sync its config first`);
  const targets = buildTargets(before.config);
  const target = targets.find((one) => one.target === input.target || one.target === `component:${input.target}`);
  if (!target) {
    const known = targets.map((one) => one.target).join(", ");
    const unbuilt = unbuiltParts(before.config).find((one) => one.target === input.target || one.target === `component:${input.target}`);
    if (unbuilt) throw new AppError("unprocessable", `There is nothing to build of ${unbuilt.target}: ${unbuilt.why}`);
    throw new AppError("not_found", `The latest config of app ${app.name} builds no ${input.target}; it builds ${known || "nothing"}`);
  }
  const sources = new Map(Object.entries(before.sources));
  if (input.source === "latest") {
    const looked = await resolveSources({ ctx, targets: [target] });
    const [problem] = looked.problems;
    if (problem) throw new AppError("unprocessable", problem.message);
    for (const [name, source] of looked.sources) sources.set(name, source);
  }
  const result = await applyConfig({
    ctx,
    appId: app.id,
    config: before.config,
    targets,
    sources,
    forced: new Set([target.target]),
    dryRun: false,
  });
  const buildId = result.targets.find((one) => one.target === target.target)?.buildId;
  if (buildId === undefined) throw new Error(`A forced build of ${target.target} was not made`);
  return getBuild({ ctx, input: { buildId } });
}
