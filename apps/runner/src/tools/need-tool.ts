import type { ToolName } from "@berth/protocol/job-spec";
import { JobFailure, type JobContext } from "../handlers/handler.ts";
import { isExecutable } from "./find-on-path.ts";
import { toolPath } from "./find-tools.ts";
import { toolVersion } from "./tool-version.ts";
import { compareVersions, parseVersion } from "./version-constraint.ts";

/** A program to run. */
export type Tool = { path: string; version: string };

/**
 * A program that the runner's operator provides.
 * @param input.atLeast the oldest version that will do
 * @throws JobFailure `tool_missing` that names what is there and how to provide it
 */
export async function needTool(ctx: JobContext, input: { name: Exclude<ToolName, "terraform" | "tofu">; atLeast: string }): Promise<Tool> {
  const { name, atLeast } = input;
  const variable = `BERTH_${name.toUpperCase()}_PATH`;
  const path = toolPath(ctx.config.tools, name, ctx.env.PATH);
  const provide = `Put ${name} ${atLeast} or newer on the runner's PATH, or name the file in ${variable}, and restart the runner.`;
  if (path === undefined) throw new JobFailure("tool_missing", `This job needs ${name}, and the runner has none. ${provide}`);
  if (!isExecutable(path)) throw new JobFailure("tool_missing", `${path} is not a program that the runner may execute. ${provide}`);
  const version = await toolVersion(ctx.config.tools.dir, path, name);
  const [found, wanted] = [parseVersion(version ?? ""), parseVersion(atLeast)];
  if (version === undefined || !found)
    throw new JobFailure("tool_missing", `${path} does not tell its version as ${name} does. ${provide}`);
  if (wanted && compareVersions(found, wanted) < 0)
    throw new JobFailure("tool_missing", `${path} is ${name} ${version}, which is too old. ${provide}`);
  return { path, version };
}
