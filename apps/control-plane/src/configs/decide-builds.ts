import type { BuildState, ResolvedSource } from "../db/schema.ts";

/** A target as it is now, and as the version before had it. */
export type TargetFacts = {
  target: string;
  checksum: string;
  settings: string;
  /** Absent where it has no git repository. */
  source?: ResolvedSource | undefined;
  before?: { checksum: string; settings: string; source: ResolvedSource | undefined } | undefined;
  /** Keys of its settings that differ from before, as people write them. */
  changedKeys: string[];
  /** Other keys of it that differ: they play no part in a build. */
  deployKeys: string[];
  /** Builds with this checksum, newest first. */
  builds: { id: string; state: BuildState; cancelRequested: boolean; failure?: string | undefined }[];
  /** A person asked for a build whatever there is. */
  forced: boolean;
};

export type BuildDecision = { target: string; checksum: string; source?: ResolvedSource | undefined; why: string } & (
  | { action: "reuse"; buildId: string }
  | { action: "build" }
);

/** Whether a target needs a build, and why, in words. A build that succeeded, or still may, with the same checksum is used again. */
export function decideBuild(facts: TargetFacts): BuildDecision {
  const { target, checksum, source, before, builds } = facts;
  const common = { target, checksum, source };
  const unchanged = before?.checksum === checksum;
  if (facts.forced) return { ...common, action: "build", why: unchanged ? "asked for" : reasonToBuild(facts) };

  const done = builds.find((build) => build.state === "succeeded");
  if (done)
    return { ...common, action: "reuse", buildId: done.id, why: unchanged ? whyUnchanged(facts) : `same files and settings as ${done.id}` };
  const open = builds.find((build) => (build.state === "queued" || build.state === "running") && !build.cancelRequested);
  if (open) return { ...common, action: "reuse", buildId: open.id, why: "is being built already" };

  return { ...common, action: "build", why: reasonToBuild(facts) };
}

function whyUnchanged({ deployKeys }: TargetFacts): string {
  return deployKeys.length === 0 ? "unchanged" : `unchanged: ${shortList(deployKeys)} only matters when it is deployed`;
}

function reasonToBuild({ before, checksum, settings, source, changedKeys, builds }: TargetFacts): string {
  if (!before) return "first build";
  if (before.checksum !== checksum) {
    const reasons: string[] = [];
    if (before.settings !== settings) reasons.push(changedKeys.length > 0 ? `config changed: ${shortList(changedKeys)}` : "config changed");
    if (source && before.source?.tree !== source.tree) reasons.push(sourceChange(before.source, source));
    return reasons.join("; ") || "changed";
  }
  const [last] = builds;
  if (last?.state === "failed") return `the last build failed${last.failure === undefined ? "" : `: ${last.failure}`}`;
  return last ? "the last build was cancelled" : "there is no build of it";
}

/** `source changed 1a2b3c4 → 5d6e7f8`. */
export function sourceChange(before: ResolvedSource | undefined, now: ResolvedSource): string {
  return before ? `source changed ${before.commit.slice(0, 7)} → ${now.commit.slice(0, 7)}` : `source is ${now.commit.slice(0, 7)}`;
}

function shortList(keys: string[]): string {
  return keys.length <= 5 ? keys.join(", ") : `${keys.slice(0, 4).join(", ")} and ${keys.length - 4} more`;
}
