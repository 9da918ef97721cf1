import type { Waiting, WorkflowState } from "../db/schema.ts";
import type { Verdict } from "../health/track.ts";
import type { Ring } from "./assign-rings.ts";

export type RolloutState = "running" | "paused" | "halted" | "succeeded";
export type RolloutInstallState = "pending" | "running" | "succeeded" | "failed" | "skipped" | "rolling_back" | "rolled_back";

export type RolloutInstall = {
  id: string;
  /** Counts from 0. */
  ring: number;
  state: RolloutInstallState;
  startedAt?: string;
  finishedAt?: string;
  workflow?: { id: string; state: WorkflowState; why?: string };
  /** `unknown` where nothing checks it. */
  health: Verdict;
  healthWhy?: string;
};

/** All that a decision about a rollout looks at. */
export type RolloutFacts = {
  now: string;
  state: RolloutState;
  rings: readonly Ring[];
  /** Rings that a person has let begin, counted from 0. */
  approvedRings: readonly number[];
  installs: readonly RolloutInstall[];
};

export type RolloutEffect =
  | { do: "start_install"; installId: string }
  | { do: "mark_install"; installId: string; state: RolloutInstallState; note?: string }
  | { do: "move"; state: "paused" | "succeeded"; why?: string };

/** Installs on which there is nothing more to do. */
const settled: ReadonlySet<RolloutInstallState> = new Set<RolloutInstallState>(["succeeded", "failed", "skipped", "rolled_back"]);

/**
 * What to do next for a rollout. Pure, and a fixpoint. Installs whose workflows have ended are settled; the first ring that is not done goes on, within its limits; a ring begins
 * when the one before is done, healthy for as long as was asked for, and a person has let it. Too many failures pause the rollout.
 */
export function decideRollout(facts: RolloutFacts): RolloutEffect[] {
  const effects: RolloutEffect[] = [];
  const installs = facts.installs.map((install) => settle(install, facts, effects));
  if (facts.state !== "running") return effects;
  for (const [index, ring] of facts.rings.entries()) {
    const members = installs.filter((install) => install.ring === index);
    const failed = members.filter(({ state }) => state === "failed").length;
    if (failed > ring.maxFailures) {
      const why = `${failed} ${failed === 1 ? "install has" : "installs have"} failed in ring "${ring.name}", which allows ${ring.maxFailures}`;
      return [...effects, { do: "move", state: "paused", why }];
    }
    if (gateOf({ ...facts, installs }, index)) return effects;
    const running = members.filter(({ state }) => state === "running").length;
    const pending = members.filter(({ state }) => state === "pending").slice(0, Math.max(0, ring.maxParallel - running));
    effects.push(...pending.map(({ id }): RolloutEffect => ({ do: "start_install", installId: id })));
    if (members.some(({ state }) => !settled.has(state))) return effects;
  }
  return [...effects, { do: "move", state: "succeeded" }];
}

/** Takes in how an install's workflow has ended, or that it takes too long. */
function settle(install: RolloutInstall, facts: RolloutFacts, effects: RolloutEffect[]): RolloutInstall {
  const { workflow } = install;
  if ((install.state !== "running" && install.state !== "rolling_back") || !workflow) return install;
  const good: RolloutInstallState = install.state === "running" ? "succeeded" : "rolled_back";
  const mark = (state: RolloutInstallState, note?: string): RolloutInstall => {
    effects.push({ do: "mark_install", installId: install.id, state, ...(note === undefined ? {} : { note }) });
    return { ...install, state, finishedAt: facts.now };
  };
  if (workflow.state === "succeeded") return mark(good);
  if (workflow.state === "failed")
    return mark("failed", `Workflow ${workflow.id} failed${workflow.why === undefined ? "" : `: ${workflow.why}`}`);
  if (workflow.state === "cancelled") return mark("failed", `Workflow ${workflow.id} was cancelled`);
  const seconds = facts.rings[install.ring]?.giveUpSeconds ?? 0;
  const deadline = Date.parse(install.startedAt ?? facts.now) + seconds * 1000;
  if (Date.parse(facts.now) >= deadline)
    return mark("failed", `Workflow ${workflow.id} has not ended within ${seconds} s; it is left alone`);
  return install;
}

/** Why a ring can't begin yet; undefined where it can, or has begun. */
export function gateOf(facts: RolloutFacts, index: number): Waiting | undefined {
  const ring = facts.rings[index];
  const members = facts.installs.filter((install) => install.ring === index);
  if (!ring || members.some(({ state }) => state !== "pending" && state !== "skipped")) return undefined;
  const before = facts.installs.filter((install) => install.ring === index - 1);
  const open = before.filter(({ state }) => !settled.has(state));
  const ended =
    before
      .map(({ finishedAt }) => finishedAt ?? "")
      .toSorted()
      .at(-1) || facts.now;
  if (open.length > 0) {
    return {
      reason: "ring_ahead",
      since: facts.now,
      waitsFor: `ring "${facts.rings[index - 1]?.name}"`,
      next: `It begins when ${open.length} more of its installs are done`,
    };
  }
  if (ring.healthySeconds > 0) {
    const sick = before.find(({ state, health }) => state === "succeeded" && (health === "unhealthy" || health === "degraded"));
    if (sick) {
      return {
        reason: "ring_unhealthy",
        since: ended,
        waitsFor: `install ${sick.id} to be healthy`,
        next: `Its health check says: ${sick.healthWhy ?? "unhealthy"}. Mend it, skip it, or roll the ring back`,
      };
    }
    const from = new Date(Date.parse(ended) + ring.healthySeconds * 1000).toISOString();
    if (facts.now < from)
      return {
        reason: "ring_bakes",
        since: ended,
        waitsFor: `ring "${facts.rings[index - 1]?.name}" to stay healthy`,
        next: "It begins by itself then",
        deadline: from,
      };
  }
  if (ring.needsApproval && !facts.approvedRings.includes(index)) {
    return {
      reason: "ring_approval",
      since: ended,
      waitsFor: `a person's approval of ring "${ring.name}"`,
      next: `Approve it: \`berth rollouts approve-ring <rollout> ${index + 1}\``,
    };
  }
  return undefined;
}
