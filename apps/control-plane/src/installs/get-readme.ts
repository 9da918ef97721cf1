import { AppError } from "@berth/kit/errors";
import type { Ctx } from "../context.ts";
import { loadTree } from "./load-tree.ts";
import { findInstall, findInstallConfig } from "./queries.ts";
import { renderReadme, type Readme } from "./render-readme.ts";

/** The README of the app, rendered for an install; never with a sensitive value. @throws AppError `not_found` where the app has none */
export async function getReadme({ ctx, input }: { ctx: Ctx; input: { installId: string } }): Promise<Readme> {
  await findInstall(ctx, input.installId);
  const { config } = await findInstallConfig(ctx, input.installId);
  const text = config.metadata.readme;
  if (text === undefined) throw new AppError("not_found", "The app has no README: `readme` in metadata.toml names one");
  const { visible, marked } = await loadTree(ctx, { installId: input.installId, config });
  return renderReadme({ text, tree: visible, marked, now: ctx.system.now() });
}

/** The README of a runbook, rendered for an install, with the defaults of its inputs. @throws AppError `not_found` */
export async function getRunbookReadme({ ctx, input }: { ctx: Ctx; input: { installId: string; runbook: string } }): Promise<Readme> {
  await findInstall(ctx, input.installId);
  const { config } = await findInstallConfig(ctx, input.installId);
  const runbook = config.runbooks.find(({ name }) => name === input.runbook);
  if (!runbook) throw new AppError("not_found", `The app config has no runbook "${input.runbook}"`);
  if (runbook.readme === undefined)
    throw new AppError("not_found", `Runbook "${runbook.name}" has no README: \`readme\` in ${runbook.file} names one`);
  const { visible, marked } = await loadTree(ctx, { installId: input.installId, config });
  const runbookInputs = Object.fromEntries(
    runbook.inputs.flatMap(({ name, default: value, sensitive }) => (value === undefined || sensitive ? [] : [[name, value]])),
  );
  return renderReadme({ text: runbook.readme, tree: visible, marked, now: ctx.system.now(), runbookInputs });
}
