import { jobKinds, type JobKind } from "@berth/protocol/job-spec";
import type { JobFamily, StepKind } from "./generate.ts";

/** What a runner says of itself when it connects: kinds of jobs, and programs with their versions. */
export type RunnerCapabilities = { kinds: readonly string[]; tools: Readonly<Record<string, string>> };

/** The kind of job that a step runs; undefined where that is not known. */
export function jobKindOf(step: { kind: StepKind; params: { family?: JobFamily | undefined } }): JobKind | undefined {
  const { family } = step.params;
  if (step.kind === "action") return "action.run";
  if (family === undefined) return undefined;
  if (family === "image") return "image.sync";
  return step.kind.endsWith(".apply") ? `${family}.apply` : `${family}.plan`;
}

/** What a runner lacks for a kind of job, as a sentence with the way out; undefined where it has all. */
export function lacking(kind: JobKind, can: RunnerCapabilities): string | undefined {
  if (!can.kinds.includes(kind))
    return `The runner can't do ${kind}: it is older than that. Update the runner, which reconnects by itself.`;
  const missing = jobKinds[kind].tools.filter((tool) => can.tools[tool] === undefined);
  if (missing.length === 0) return undefined;
  const has = Object.entries(can.tools).map(([name, version]) => `${name} ${version}`);
  return (
    `${kind} needs ${missing.join(" and ")} on the runner's machine, which has ${has.length > 0 ? has.join(", ") : "none of the programs that jobs use"}. ` +
    `Put ${missing.length === 1 ? "it" : "them"} on the runner's PATH (or name the file: ${missing.map((tool) => `BERTH_${tool.toUpperCase()}_PATH`).join(", ")}) and restart the runner.`
  );
}
