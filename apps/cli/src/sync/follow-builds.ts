import { setTimeout as sleep } from "node:timers/promises";
import type { ApiClient, CallOutput } from "@berth/api/client";
import { safeLines, safeText } from "../output/safe-text.ts";
import { took } from "../output/time.ts";
import type { Io } from "../io.ts";

export type Build = CallOutput<"builds.get">;
const ended = new Set(["succeeded", "failed", "cancelled"]);
const lookEveryMs = 300;

/**
 * Waits until all builds have ended, printing each change.
 * @returns the builds as they ended, in the order given
 */
export async function followBuilds(input: {
  client: ApiClient;
  buildIds: readonly string[];
  write(text: string): void;
  colors: Io["colors"];
  signal?: AbortSignal;
}): Promise<Build[]> {
  const builds = new Map<string, Build>();
  const signal = input.signal === undefined ? {} : { signal: input.signal };
  const look = async (buildId: string): Promise<void> => {
    const build = await input.client.call("builds.get", { params: { buildId }, ...signal });
    if (builds.get(buildId)?.state !== build.state) input.write(buildLine(build, input.colors));
    builds.set(buildId, build);
  };
  for (;;) {
    const open = input.buildIds.filter((id) => !ended.has(builds.get(id)?.state ?? ""));
    if (open.length === 0) return [...builds.values()];
    await Promise.all(open.map((id) => look(id)));
    if ([...builds.values()].some((build) => !ended.has(build.state))) await sleep(lookEveryMs, undefined, signal);
  }
}

/** A build's state as a line, with the reason below it where it failed. */
export function buildLine(build: Build, colors: Io["colors"]): string {
  const name = safeText(build.target);
  const id = colors.dim(build.id);
  if (build.state === "queued") return `${colors.dim("·")} ${name}  queued  ${id}\n`;
  if (build.state === "running") return `${colors.cyan("…")} ${name}  building  ${id}\n`;
  const time = colors.dim(took(build.startedAt, build.finishedAt));
  if (build.state === "succeeded")
    return `${colors.green("✓")} ${name}  ${time}  ${colors.dim(build.artifact?.digest.slice(0, 19) ?? "")}\n`;
  const detail = build.failure ? `\n${safeLines(build.failure.detail).trimEnd().replaceAll(/^/gm, "      ")}` : "";
  return `${colors.red("✗")} ${name}  ${build.state}  ${time}${detail}\n      ${colors.dim(`its log: berth builds logs ${build.id}`)}\n`;
}
