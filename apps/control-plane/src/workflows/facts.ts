import type { Failure, PlanSummary } from "@berth/protocol/job-result";
import type { JobState } from "@berth/protocol/job-state";
import type { Capabilities } from "@berth/protocol/messages";
import type { ApprovalState, BuildFacts, BuildState, RunnerState, StepState, WorkflowState } from "../db/schema.ts";
import type { ApprovalNeeds, ApprovalVotes } from "../approvals/needed.ts";
import type { PlanPolicy } from "../approvals/policies.ts";
import type { StepKind, StepParams } from "./generate.ts";

/** The newest job of a step's current attempt. */
export type JobFact = {
  id: string;
  state: JobState;
  createdAt: string;
  /** A runner has begun with it. */
  accepted: boolean;
  cancelRequested: boolean;
  /** Of a lost job: since when its runner is cut off, and when it is no longer just waited for. */
  lost?: { since: string; deadline: string };
  failure?: Failure;
  /** Of a plan job that succeeded. */
  plan?: PlanSummary;
  /** The row that holds the plan's bytes. */
  planId?: string;
};

/** The approval of a plan step's current attempt. */
export type ApprovalFact = {
  id: string;
  state: ApprovalState;
  digest: string;
  createdAt: string;
  expiresAt?: string;
  votes: ApprovalVotes;
  /** Policies that keep it from being approved by itself, and why. */
  heldBy?: readonly string[];
  /** Of a denial: what becomes of the rest; the workflow stops where it is left out. */
  denial?: "skip" | "skip_dependents";
};

export type BuildFact = {
  id: string;
  state: BuildState;
  createdAt: string;
  /** What it made, where it succeeded. */
  artifact?: { repository: string; digest: string };
  /** What it found out about that. */
  found?: BuildFacts;
  failure?: { reason: string; detail: string };
};

export type StepFact = {
  id: string;
  index: number;
  key: string;
  kind: StepKind;
  target?: string;
  params: StepParams;
  needs: readonly string[];
  state: StepState;
  /** Counts the jobs that were started for it. */
  attempt: number;
  /** When it came to its end. */
  finishedAt?: string;
  /** How often it was tried again by itself. */
  autoRetries?: number;
  /** When the next try may begin. */
  notBefore?: string;
  job?: JobFact;
  approval?: ApprovalFact;
  failure?: Failure;
  /** Builds its job needs, as the config names them now; none where it is deployed as the config has it. An apply takes those of its plan. */
  builds: readonly { target: string; build?: BuildFact }[];
};

export type RunnerFact = {
  id: string;
  state: RunnerState;
  lastSeenAt?: string;
  draining: boolean;
  /** What it told of itself when it last connected; absent where it never has. */
  can?: Pick<Capabilities, "kinds" | "tools">;
};

/** What of an install's settings decisions go by. */
export type ApprovalSettings = ApprovalNeeds & { approvalExpiresSeconds: number; policies: readonly PlanPolicy[] };

/** The last word of one check of a component. */
export type CheckFact = { status: string; at: string; why: string };

/** How a component is, and what each check of it said last, by its name. */
export type HealthFact = { verdict: string; since: string; seenAt: string; why: string; checks?: Readonly<Record<string, CheckFact>> };

/** All that a decision about a workflow looks at: plain data, loaded under the lock of its row. */
export type Facts = {
  now: string;
  workflow: {
    id: string;
    operation: string;
    state: WorkflowState;
    planOnly: boolean;
    approveAll: boolean;
    createdAt: string;
    cancelRequestedAt?: string;
  };
  installApproveAll: boolean;
  settings: ApprovalSettings;
  /** How components are, by target; none of what nothing checks. */
  health?: Readonly<Record<string, HealthFact>>;
  /** The install's maintenance window is closed for it; when it opens, where it ever does. */
  closed?: { opensAt?: string };
  /** The workflow of the same install that must end first, and how many there are in all. */
  ahead?: { workflowId: string; operation: string; state: WorkflowState; since: string; count: number };
  /** The install's runner, the best there is; absent where none was made or all are revoked. */
  runner?: RunnerFact;
  /** Targets on which another workflow's job is writing. */
  busy: Readonly<Record<string, { jobId: string; workflowId: string; since: string }>>;
  steps: readonly StepFact[];
};
