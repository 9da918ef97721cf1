import { openJobStates } from "@berth/protocol/job-state";
import { sql, type Selectable, type SqlBool } from "kysely";
import type { Ctx } from "../context.ts";
import { noVotes, tally, type ApprovalVotes } from "../approvals/needed.ts";
import type { Database } from "../db/schema.ts";
import { windowState, type WindowState } from "../installs/maintenance-window.ts";
import { aheadOf, type InLine } from "./claims.ts";
import type { ApprovalFact, Facts, JobFact, StepFact } from "./facts.ts";
import { loadBuilds } from "./load-builds.ts";
import { loadRunner } from "./load-runner.ts";
import { besideOperations, type StepRow, type WorkflowRow } from "./queries.ts";

type ApprovalRow = Pick<Selectable<Database["approvals"]>, (typeof approvalColumns)[number]>;
const approvalColumns = [
  "id",
  "step_id",
  "step_attempt",
  "state",
  "decision",
  "policies",
  "digest",
  "created_at",
  "expires_at",
  "plan_id",
] as const;
type JobRow = Awaited<ReturnType<typeof loadJobs>>[number];

/** The facts of a workflow with the rows they were made of. */
export type Loaded = {
  facts: Facts;
  workflow: WorkflowRow;
  steps: StepRow[];
  jobs: ReadonlyMap<string, JobRow>;
  approvals: ReadonlyMap<string, ApprovalRow>;
};

/** What others do, not the workflow's own decisions: read once, it serves for all the rounds of one transaction. */
export type Surroundings = Awaited<ReturnType<typeof loadSurroundings>>;

/**
 * Loads what a decision about a workflow looks at. Reads only what its state makes necessary.
 * @param known what an earlier load of the same transaction has found; it is read again where it did not look at a step that is pending now
 */
export async function loadFacts(
  ctx: Ctx,
  workflow: WorkflowRow,
  steps: StepRow[],
  known?: Surroundings,
): Promise<Loaded & { surroundings: Surroundings }> {
  const serves = known && steps.every(({ id, state }) => state !== "pending" || known.pending.has(id));
  const [rows, approvals, surroundings] = await Promise.all([
    loadJobs(ctx, steps),
    loadApprovals(ctx, workflow, steps),
    serves ? known : loadSurroundings(ctx, workflow, steps),
  ]);
  const jobs = new Map(rows.map((job) => [job.id, job]));
  const votes = await loadVotes(ctx, [...approvals.values()]);
  const { builds, approveAll, settings, runner, busy, health } = surroundings;
  const window = windowState(settings.maintenanceWindows, ctx.system.now());
  const ahead = workflow.state === "queued" ? await loadAhead(ctx, workflow, window) : undefined;
  const facts: Facts = {
    now: ctx.system.now().toISOString(),
    workflow: {
      id: workflow.id,
      operation: workflow.operation,
      state: workflow.state,
      planOnly: workflow.plan_only,
      approveAll: workflow.approve_all,
      createdAt: workflow.created_at.toISOString(),
      ...(workflow.cancel_requested_at ? { cancelRequestedAt: workflow.cancel_requested_at.toISOString() } : {}),
    },
    installApproveAll: approveAll,
    settings,
    health,
    busy,
    steps: steps.map((step) => stepFact(step, jobs, { approvals, votes }, builds, ctx.system.settings.reconnectWindowMs)),
    ...(runner ? { runner } : {}),
    ...(ahead ? { ahead } : {}),
    ...(!window.open && waitsForWindow(workflow) ? { closed: window.opensAt ? { opensAt: window.opensAt.toISOString() } : {} } : {}),
  };
  return { facts, workflow, steps, jobs, approvals, surroundings };
}

async function loadSurroundings(ctx: Ctx, workflow: WorkflowRow, steps: readonly StepRow[]) {
  const pending = steps.filter(({ state }) => state === "pending");
  const verifies = pending.some(({ kind }) => kind === "component.verify");
  const [runner, builds, health, busy] = await Promise.all([
    loadRunner(ctx, workflow.install_id),
    loadBuilds(ctx, workflow, steps),
    verifies ? loadHealth(ctx, workflow.install_id) : {},
    pending.some(({ target }) => target !== null) ? loadBusy(ctx, workflow) : {},
  ]);
  return { pending: new Set(pending.map(({ id }) => id)), ...runner, builds, health, busy };
}

/** Changes wait for the install's maintenance window; what changes nothing does not, nor what somebody wants now, nor what has begun. */
function waitsForWindow(row: Pick<WorkflowRow, "state" | "started_at" | "window_override" | "writes">): boolean {
  const changes = row.writes === null || row.writes.length > 0;
  return row.state === "queued" && row.started_at === null && row.window_override === null && changes;
}

async function loadHealth(ctx: Ctx, installId: string): Promise<NonNullable<Facts["health"]>> {
  const [rows, checks] = await Promise.all([
    ctx.db.selectFrom("component_health").selectAll().where("install_id", "=", installId).execute(),
    ctx.db.selectFrom("health_checks").selectAll().where("install_id", "=", installId).execute(),
  ]);
  return Object.fromEntries(
    rows.map((row) => {
      const ours = checks.filter(({ component }) => component === row.component);
      return [
        `component:${row.component}`,
        {
          verdict: row.verdict,
          since: row.since.toISOString(),
          seenAt: row.seen_at.toISOString(),
          why: row.why,
          checks: Object.fromEntries(
            ours.map(({ name, status, message, reported_at: at }) => [name, { status, why: message, at: at.toISOString() }]),
          ),
        },
      ];
    }),
  );
}

function stepFact(
  step: StepRow,
  jobs: ReadonlyMap<string, JobRow>,
  { approvals, votes }: { approvals: ReadonlyMap<string, ApprovalRow>; votes: ReadonlyMap<string, ApprovalVotes> },
  builds: ReadonlyMap<string, StepFact["builds"]>,
  reconnectWindowMs: number,
): StepFact {
  const job = step.job_id === null ? undefined : jobs.get(step.job_id);
  const approval = approvals.get(step.id);
  return {
    id: step.id,
    index: step.index,
    key: step.key,
    kind: step.kind,
    params: step.params,
    needs: step.needs,
    state: step.state,
    attempt: step.attempt,
    builds: builds.get(step.id) ?? [],
    ...(step.target === null ? {} : { target: step.target }),
    ...(job ? { job: jobFact(job, reconnectWindowMs) } : {}),
    ...(approval ? { approval: approvalFact(approval, votes.get(approval.id) ?? noVotes) } : {}),
    ...(step.auto_retries > 0 ? { autoRetries: step.auto_retries } : {}),
    ...(step.finished_at ? { finishedAt: step.finished_at.toISOString() } : {}),
    ...(step.not_before ? { notBefore: step.not_before.toISOString() } : {}),
    ...(step.failure ? { failure: step.failure } : {}),
  };
}

function jobFact(job: JobRow, reconnectWindowMs: number): JobFact {
  const since = job.lease_expires_at ?? job.created_at;
  return {
    id: job.id,
    state: job.state,
    createdAt: job.created_at.toISOString(),
    accepted: job.accepted_at !== null,
    cancelRequested: job.cancel_requested_at !== null,
    ...(job.state === "lost"
      ? { lost: { since: since.toISOString(), deadline: new Date(since.getTime() + reconnectWindowMs).toISOString() } }
      : {}),
    ...(job.result?.failure ? { failure: job.result.failure } : {}),
    ...(job.result?.plan ? { plan: job.result.plan } : {}),
    ...(job.plan_id === null ? {} : { planId: job.plan_id }),
  };
}

function approvalFact(approval: ApprovalRow, votes: ApprovalVotes): ApprovalFact {
  const denial = denials[approval.decision ?? ""];
  const heldBy = (approval.policies ?? []).flatMap(({ policy, passed, why }) =>
    passed ? [] : [`${policy}, because ${why ?? "it says no"}`],
  );
  return {
    id: approval.id,
    state: approval.state,
    digest: approval.digest,
    createdAt: approval.created_at.toISOString(),
    votes,
    ...(approval.expires_at ? { expiresAt: approval.expires_at.toISOString() } : {}),
    ...(heldBy.length === 0 ? {} : { heldBy }),
    ...(denial === undefined ? {} : { denial }),
  };
}

/** Decisions that deny a plan and let the rest go on. */
const denials: Readonly<Record<string, ApprovalFact["denial"]>> = { deny_skip: "skip", deny_skip_dependents: "skip_dependents" };

/** Who has approved what waits for a decision, by approval. */
async function loadVotes(ctx: Ctx, approvals: readonly ApprovalRow[]): Promise<Map<string, ApprovalVotes>> {
  const open = approvals.flatMap(({ id, state }) => (state === "pending" ? [id] : []));
  if (open.length === 0) return new Map();
  const rows = await ctx.db
    .selectFrom("approval_votes")
    .select(["approval_id", "identity", "side", "decision", "by_starter"])
    .where("approval_id", "in", open)
    .execute();
  return new Map(open.map((id) => [id, tally(rows.filter((row) => row.approval_id === id))]));
}

/** One statement for any number of them, which can be prepared. */
async function loadJobs(ctx: Ctx, steps: readonly StepRow[]) {
  const ids = steps.flatMap((step) => (step.job_id === null ? [] : [step.job_id]));
  if (ids.length === 0) return [];
  return ctx.db
    .selectFrom("jobs")
    .leftJoin("plans", (join) => join.onRef("plans.job_id", "=", "jobs.id").onRef("plans.epoch", "=", "jobs.epoch"))
    .select([
      "jobs.id",
      "jobs.state",
      "jobs.created_at",
      "jobs.accepted_at",
      "jobs.cancel_requested_at",
      "jobs.lease_expires_at",
      "jobs.result",
      "jobs.log_stream_id",
      "plans.id as plan_id",
    ])
    .where(sql<SqlBool>`jobs.id = any(${ids}::text[])`)
    .execute();
}

/** The approvals of the current attempts, by step. */
async function loadApprovals(ctx: Ctx, workflow: WorkflowRow, steps: readonly StepRow[]): Promise<Map<string, ApprovalRow>> {
  if (!steps.some((step) => step.kind.endsWith(".plan") && step.attempt > 0)) return new Map();
  const rows = await ctx.db.selectFrom("approvals").select(approvalColumns).where("workflow_id", "=", workflow.id).execute();
  const attempts = new Map(steps.map((step) => [step.id, step.attempt]));
  return new Map(rows.filter((row) => attempts.get(row.step_id) === row.step_attempt).map((row) => [row.step_id, row]));
}

/** Workflows of the install that come first: what is under way and claims the same targets, and what queued earlier and will. The caller holds the install's row when it acts on the answer. */
async function loadAhead(ctx: Ctx, workflow: WorkflowRow, window: WindowState): Promise<Facts["ahead"]> {
  if (besideOperations.includes(workflow.operation)) return undefined;
  const open = await ctx.db
    .selectFrom("workflows")
    .select(["id", "operation", "state", "writes", "reads", "window_override", "created_at", "started_at"])
    .where("install_id", "=", workflow.install_id)
    .where("state", "in", ["queued", "running", "awaiting_approval"])
    .where("operation", "not in", besideOperations)
    .where("id", "!=", workflow.id)
    .orderBy("created_at")
    .orderBy("id")
    .execute();
  const inLine = (row: (typeof open)[number] | WorkflowRow): InLine => ({
    id: row.id,
    state: row.state as InLine["state"],
    createdAt: row.created_at.getTime(),
    claims: row.writes && row.reads ? { writes: row.writes, reads: row.reads } : {},
    held: !window.open && waitsForWindow(row),
  });
  const ahead = aheadOf(
    open.map((row) => ({ ...inLine(row), row })),
    inLine(workflow),
  ).map(({ row }) => row);
  const first = ahead.find((row) => row.state !== "queued") ?? ahead[0];
  if (!first) return undefined;
  return {
    workflowId: first.id,
    operation: first.operation,
    state: first.state,
    since: (first.started_at ?? first.created_at).toISOString(),
    count: ahead.length,
  };
}

/** Targets that a job of another workflow writes, or is queued to write. */
async function loadBusy(ctx: Ctx, workflow: WorkflowRow): Promise<Facts["busy"]> {
  const rows = await ctx.db
    .selectFrom("jobs")
    .select(["id", "target", "workflow_id", "created_at"])
    .where("install_id", "=", workflow.install_id)
    // As the index has them: of parameters PostgreSQL could not tell before it knows them.
    .where(sql<SqlBool>`writes_target and state in (${sql.join(openJobStates.map((state) => sql.lit(state)))})`)
    .where("workflow_id", "is distinct from", workflow.id)
    .execute();
  return Object.fromEntries(
    rows.flatMap((row) =>
      row.target === null ? [] : [[row.target, { jobId: row.id, workflowId: row.workflow_id ?? "", since: row.created_at.toISOString() }]],
    ),
  );
}
