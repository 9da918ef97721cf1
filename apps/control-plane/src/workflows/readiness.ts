import type { Failure } from "@berth/protocol/job-result";
import type { BuildFact, Facts, StepFact } from "./facts.ts";
import { verify } from "./verify.ts";
import { isDone } from "./state.ts";
import { whatRunnerLacks } from "./what-runner-lacks.ts";

/** Why a step can't start now, and since when; `next` tells a person what would help. */
export type Hold = { reason: string; since: string; waitsFor: string; next: string; deadline?: string };

export type Readiness =
  | { ready: true; planDigest?: string }
  /** Other steps of this workflow come first. */
  | { ready: false; needs: string[] }
  | { ready: false; hold: Hold }
  | { ready: false; failure: Failure };

/** Whether a pending step can start, by what it needs: other steps, an approval, its builds, a free target, a runner that can do it. */
export function readiness(step: StepFact, steps: ReadonlyMap<string, StepFact>, facts: Facts): Readiness {
  const needs = step.needs.filter((key) => {
    const needed = steps.get(key);
    return needed !== undefined && !isDone(needed.state);
  });
  if (needs.length > 0) return { ready: false, needs };

  if (step.kind === "component.verify") return readyOfVerify(step, steps, facts);
  const plan = step.params.plan === undefined ? undefined : steps.get(step.params.plan);
  let planDigest: string | undefined;
  if (plan) {
    planDigest = plan.job?.plan?.digest;
    const approved = plan.approval?.state === "approved" && plan.approval.digest === planDigest;
    if (planDigest === undefined || !approved) {
      return {
        ready: false,
        failure: { reason: "internal", detail: `There is no approval of the plan that "${step.key}" would apply. Retry it to plan again.` },
      };
    }
  }
  const lacks = whatRunnerLacks(step, facts.runner);
  if (lacks !== undefined) return { ready: false, failure: { reason: "tool_missing", detail: `${lacks} Then retry this step.` } };
  const held = holdOf(step, facts);
  if (held) return { ready: false, ...held };
  return planDigest === undefined ? { ready: true } : { ready: true, planDigest };
}

function readyOfVerify(step: StepFact, steps: ReadonlyMap<string, StepFact>, facts: Facts): Readiness {
  const applied = steps.get(step.needs[0] ?? "");
  // Nothing was applied: there is nothing new to wait for.
  if (applied?.state === "skipped") return { ready: true };
  const found = verify(step, facts, applied?.finishedAt ?? facts.now);
  if (found.is === "well") return { ready: true };
  if (found.is === "waiting") return { ready: false, hold: found.hold };
  return {
    ready: false,
    failure: {
      reason: "not_ready",
      detail: `${step.target} is not well after its deploy: ${found.why}. Mend it and retry this step, or skip it.`,
    },
  };
}

function holdOf(step: StepFact, facts: Facts): { hold: Hold } | { failure: Failure } | undefined {
  if (step.notBefore !== undefined && facts.now < step.notBefore) {
    const most = (step.params.retries ?? 0) + 1;
    return {
      hold: {
        reason: "retry_waits",
        since: facts.now,
        waitsFor: `try ${(step.autoRetries ?? 0) + 1} of ${most}`,
        next: "It is tried again by itself then",
        deadline: step.notBefore,
      },
    };
  }
  for (const { target, build } of step.builds) {
    if (!build)
      return {
        hold: {
          reason: "build_missing",
          since: facts.now,
          waitsFor: target,
          next: `Build ${target}: sync the app again, or create a build`,
        },
      };
    if (build.state === "queued" || build.state === "running") {
      return {
        hold: {
          reason: "build_pending",
          since: build.createdAt,
          waitsFor: build.id,
          next: `It goes on when the build of ${target} has ended (${build.state})`,
        },
      };
    }
    if (build.state !== "succeeded" || !build.artifact) return { failure: buildFailure(target, build) };
  }
  const busy = step.target === undefined ? undefined : facts.busy[step.target];
  if (busy) {
    return {
      hold: {
        reason: "target_busy",
        since: busy.since,
        waitsFor: busy.jobId,
        next: `It goes on when job ${busy.jobId}, which is changing ${step.target}, has ended`,
      },
    };
  }
  if (!facts.runner) {
    return { hold: { reason: "no_runner", since: facts.now, waitsFor: "a runner", next: "Enrol a runner in the customer's account" } };
  }
  return undefined;
}

function buildFailure(target: string, build: BuildFact): Failure {
  const why = build.failure ? `: ${build.failure.reason}: ${build.failure.detail}` : "";
  const how = build.state === "cancelled" ? "was cancelled" : "failed";
  return { reason: "build_failed", detail: `The build ${build.id} of ${target} ${how}${why}. Create a new build, then retry this step.` };
}
