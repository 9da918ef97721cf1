import { jobKinds, type JobKind } from "@berth/protocol/job-spec";
import type { GeneratedStep } from "./generate.ts";
import type { RunnerFact } from "./facts.ts";
import { jobKindOf } from "./job-family.ts";

/**
 * What an install's runner lacks for a step, and what to do about it, as a sentence; undefined where it can do it, or where no runner has ever told
 * what it can.
 */
export function whatRunnerLacks(step: Pick<GeneratedStep, "key" | "kind" | "params">, runner: RunnerFact | undefined): string | undefined {
  const { can } = runner ?? {};
  if (!runner || !can) return undefined;
  const kind: JobKind = jobKindOf(step);
  if (!can.kinds.includes(kind)) {
    return `Step ${step.key} is a job of kind ${kind}, which runner ${runner.id} does not know: it can do ${list(can.kinds)}. Update the runner.`;
  }
  const missing = step.params.noCluster ? [] : jobKinds[kind].tools.filter((tool) => can.tools[tool] === undefined);
  if (missing.length === 0) return undefined;
  const has = Object.entries(can.tools).map(([name, version]) => `${name} ${version}`);
  const variables = missing.map((tool) => `BERTH_${tool.toUpperCase()}_PATH`);
  return [
    `Step ${step.key} needs ${list(missing)}, and runner ${runner.id} has ${has.length === 0 ? "no tools" : list(has)}.`,
    `Put ${list(missing)} on the runner's PATH, or name the file in ${list(variables)}, and restart the runner: it tells what it has when it connects.`,
  ].join(" ");
}

function list(words: readonly string[]): string {
  // Told by a runner: as many as anybody reads.
  return words
    .slice(0, 20)
    .map((word) => word.slice(0, 100))
    .join(", ");
}
