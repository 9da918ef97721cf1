import type { CallOutput } from "@berth/api/client";
import type { Io } from "../io.ts";
import { safeText } from "../output/safe-text.ts";

export type SyncResult = CallOutput<"configs.sync">;

/** What a sync changes, and what it builds and why, for people. */
export function describeSync(result: SyncResult, colors: Io["colors"]): string {
  const lines: string[] = [];
  if (result.changes.length > 0) {
    lines.push(colors.bold(result.version > 1 ? "Changes" : "First version"));
    for (const change of result.changes) {
      const [mark, paint] = change.endsWith(" added")
        ? ["+", colors.green]
        : change.endsWith(" removed")
          ? ["-", colors.red]
          : ["~", colors.yellow];
      lines.push(paint(`  ${mark} ${safeText(change)}`));
    }
  }
  const builds = result.targets.filter((target) => target.action === "build");
  const reused = result.targets.filter((target) => target.action === "reuse").length;
  const noted = result.targets.filter((target) => target.action === "reuse" && target.why !== "unchanged");
  const unbuilt = result.targets.filter((target) => target.action === "none" && target.deployable !== true);
  const withoutBuild = result.targets.filter((target) => target.action === "none" && target.deployable === true);
  if (builds.length > 0)
    lines.push(colors.bold("Builds"), ...builds.map((target) => `  ${safeText(target.target)}  ${colors.dim(safeText(target.why))}`));
  if (reused > 0) lines.push(colors.dim(`  ${reused} reused: ${reused === 1 ? "its artifact is" : "their artifacts are"} used again`));
  for (const target of noted) lines.push(colors.dim(`    ${safeText(target.target)}  ${safeText(target.why)}`));
  if (withoutBuild.length > 0)
    lines.push(colors.dim(`  no build needed: ${withoutBuild.map((target) => safeText(target.target)).join(", ")}`));
  if (unbuilt.length > 0)
    lines.push(
      colors.bold("Kept, but not deployed by this version"),
      ...unbuilt.map((target) => `  ${safeText(target.target)}  ${colors.dim(safeText(target.why))}`),
    );
  return lines.length > 0 ? `${lines.join("\n")}\n` : "";
}
