import type { ColumnType, Generated, JSONColumnType } from "kysely";
import type { JobState } from "@berth/protocol/job-state";
import type { Failure, JobResult, PlanSummary } from "@berth/protocol/job-result";
import type { Capabilities } from "@berth/protocol/messages";
import type { SecretReport, SecretSource } from "@berth/protocol/specs/secrets";
import type { AppConfig, ComponentType } from "@berth/toml-schema/app-config";
import type { Verdict } from "../health/track.ts";
import type { Ring } from "../rollouts/assign-rings.ts";
import type { RegistryTables } from "../registry/tables.ts";

/** Row types of every table, as Kysely reads and writes them. `bigint` columns arrive as numbers (parser set in client.ts); none grows past 2^53. */

type Json<T> = JSONColumnType<T & object, string, string>;
type NullableJson<T> = ColumnType<T | null, string | null, string | null>;
type Time = ColumnType<Date, Date | undefined, Date>;
type NullableTime = ColumnType<Date | null, Date | null | undefined, Date | null>;
type Nullable<T> = ColumnType<T | null, T | null | undefined, T | null>;

/** What a build found out about what it made, by name: a chart's version, the tag that an image had. Nothing secret. */
export type BuildFacts = Record<string, unknown>;
/** Where a source tree was found at sync. */
export type ResolvedSource = { repo: string; directory: string; ref: string; commit: string; tree: string };

/** Why something does not run: what every waiting row says. `next` tells what would make it go on. */
export type Waiting = { reason: string; since: string; waitsFor: string; next: string; deadline?: string };

export type BuildState = "queued" | "running" | "succeeded" | "failed" | "cancelled";
export type InstallState = "created" | "provisioning" | "active" | "error" | "deprovisioning" | "deprovisioned";
export type TargetState = "pending" | "active" | "error" | "inactive";
export type WorkflowState = "queued" | "running" | "awaiting_approval" | "succeeded" | "failed" | "cancelled";
export type StepState =
  | "pending"
  | "running"
  | "awaiting_approval"
  | "succeeded"
  | "failed"
  | "denied"
  | "skipped"
  | "not_attempted"
  | "cancelled";
export type ApprovalState = "pending" | "approved" | "denied" | "superseded" | "expired";
export type RunnerState = "enrolling" | "online" | "offline" | "disabled" | "revoked";

export type Database = RegistryTables & {
  orgs: {
    id: string;
    name: string;
    created_at: Time;
    /** What holds for installs that say nothing else. */
    settings: ColumnType<Record<string, unknown>, string | undefined, string>;
  };
  api_tokens: {
    id: string;
    org_id: string;
    name: string;
    token_hash: string;
    created_at: Time;
    expires_at: NullableTime;
    revoked_at: NullableTime;
    last_used_at: NullableTime;
    /** Of a customer's token: the one install it is for. */
    install_id: Nullable<string>;
    /** The token that whoever holds it was first given; null: a first token of the org, or of the time before identities. */
    identity: Nullable<string>;
  };
  pull_credentials: {
    id: string;
    org_id: string;
    install_id: string;
    name: string;
    /** `cluster`: made for the secret that runners write; `person`: shown once to whoever made it. */
    kind: "cluster" | "person";
    token_hash: string;
    secret_enc: Nullable<Buffer>;
    created_by: string;
    created_at: Time;
    expires_at: NullableTime;
    revoked_at: NullableTime;
    last_used_at: NullableTime;
  };
  git_credentials: { id: string; org_id: string; url_prefix: string; username: string; secret_enc: Buffer; created_at: Time };
  apps: { id: string; org_id: string; name: string; display_name: Nullable<string>; created_at: Time };
  app_configs: {
    id: string;
    org_id: string;
    app_id: string;
    version: number;
    checksum: string;
    config: Json<AppConfig>;
    sources: Json<Record<string, ResolvedSource>>;
    created_by: string;
    created_at: Time;
  };
  components: { id: string; org_id: string; app_id: string; name: string; type: string; created_at: Time; removed_at: NullableTime };
  actions: { id: string; org_id: string; app_id: string; name: string; created_at: Time; removed_at: NullableTime };
  artifacts: {
    id: string;
    org_id: string;
    app_id: string;
    repository: string;
    digest: string;
    media_type: string;
    size: number;
    created_at: Time;
  };
  builds: {
    id: string;
    org_id: string;
    app_id: string;
    app_config_id: string;
    target: string;
    checksum: string;
    forced: Generated<boolean>;
    /** Why it was made, for people: `first build`, `source changed 1a2b3c4 → 5d6e7f8`. */
    why: Generated<string>;
    source: NullableJson<ResolvedSource>;
    state: BuildState;
    failure: NullableJson<Failure>;
    attempt: Generated<number>;
    artifact_id: Nullable<string>;
    /** What is worth knowing of what it made. */
    facts: NullableJson<BuildFacts>;
    log_stream_id: string;
    lease_expires_at: NullableTime;
    cancel_requested_at: NullableTime;
    created_at: Time;
    started_at: NullableTime;
    finished_at: NullableTime;
  };
  git_trees: { org_id: string; repo: string; commit: string; directory: string; tree: string };
  app_config_targets: { app_config_id: string; org_id: string; target: string; checksum: string; build_id: Nullable<string> };
  installs: {
    id: string;
    org_id: string;
    app_id: string;
    app_config_id: string;
    name: string;
    state: InstallState;
    approve_all: Generated<boolean>;
    labels: ColumnType<Record<string, string>, string | undefined, string>;
    stack_outputs: ColumnType<Record<string, unknown>, string | undefined, string>;
    settings: ColumnType<Record<string, unknown>, string | undefined, string>;
    created_at: Time;
    forgotten_at: NullableTime;
  };
  install_inputs: {
    id: string;
    org_id: string;
    install_id: string;
    version: number;
    plain: Json<Record<string, unknown>>;
    sensitive_enc: Nullable<Buffer>;
    created_by: string;
    created_at: Time;
  };
  install_targets: {
    install_id: string;
    org_id: string;
    target: string;
    state: TargetState;
    build_id: Nullable<string>;
    workflow_id: Nullable<string>;
    /** The plan that made what stands. */
    plan_job_id: Nullable<string>;
    outputs: ColumnType<Record<string, unknown>, string | undefined, string>;
    sensitive_enc: Nullable<Buffer>;
    updated_at: Time;
  };
  install_toggles: { install_id: string; org_id: string; component: string; enabled: boolean; changed_by: string; changed_at: Time };
  /** Versions count from 1 for each component of an install; the newest holds. */
  component_overrides: {
    id: string;
    org_id: string;
    install_id: string;
    component: string;
    version: number;
    /** What the component was when they were set. */
    type: ComponentType;
    /** Null where nothing is set any more. */
    values_enc: Nullable<Buffer>;
    created_by: string;
    created_at: Time;
  };
  drifts: {
    id: string;
    org_id: string;
    install_id: string;
    target: string;
    state: "open" | "cleared";
    kind: "resources" | "outputs";
    plan_id: Nullable<string>;
    summary: NullableJson<PlanSummary>;
    /** The last check. */
    workflow_id: Nullable<string>;
    /** The workflow that puts it back. */
    remediation_id: Nullable<string>;
    /** Why no such workflow could be started. */
    remediation_problem: Nullable<string>;
    detected_at: Date;
    checked_at: Date;
    cleared_at: NullableTime;
    cleared_by: Nullable<string>;
  };
  install_secrets: {
    install_id: string;
    org_id: string;
    name: string;
    source: SecretSource;
    address: Nullable<string>;
    found: boolean;
    problem: Nullable<string>;
    change: Nullable<SecretReport["change"]>;
    digest: Nullable<string>;
    length: Nullable<number>;
    targets: ColumnType<SecretReport["targets"], string | undefined, string>;
    workflow_id: string;
    checked_at: Date;
    synced_at: NullableTime;
    changed_at: NullableTime;
  };
  component_health: {
    install_id: string;
    org_id: string;
    component: string;
    verdict: Verdict;
    since: Date;
    why: string;
    /** What the looks since then say instead, and how many in a row. */
    tending: Nullable<Verdict>;
    tending_count: Generated<number>;
    seen_at: Date;
    stale_at: Date;
    /** When the last look came, where it was measured without a link. */
    delivered_at: Nullable<Date>;
  };
  /** Stretches of time with one verdict; between them nothing is known. */
  health_segments: {
    install_id: string;
    org_id: string;
    component: string;
    verdict: Verdict;
    from_at: Date;
    to_at: Date;
    /** Some of it, or all. */
    measured_offline: Generated<boolean>;
  };
  health_checks: {
    install_id: string;
    org_id: string;
    component: string;
    name: string;
    /** `unknown`: it could not look. */
    status: Verdict;
    message: Generated<string>;
    reported_by: string;
    reported_at: Date;
    stale_at: Date;
  };
  rollouts: {
    id: string;
    org_id: string;
    app_id: string;
    app_config_id: string;
    state: "running" | "paused" | "halted" | "succeeded";
    rings: Json<Ring[]>;
    approve_all: Generated<boolean>;
    /** Counted from 0. */
    approved_rings: ColumnType<number[], number[] | undefined, number[]>;
    why: Nullable<string>;
    created_by: string;
    created_at: Time;
    finished_at: NullableTime;
  };
  rollout_installs: {
    rollout_id: string;
    install_id: string;
    org_id: string;
    ring: number;
    state: "pending" | "running" | "succeeded" | "failed" | "skipped" | "rolling_back" | "rolled_back";
    workflow_id: Nullable<string>;
    /** What it ran before, for the way back. */
    previous_config_id: Nullable<string>;
    note: Nullable<string>;
    started_at: NullableTime;
    finished_at: NullableTime;
  };
  drift_schedules: {
    install_id: string;
    org_id: string;
    target: string;
    cron: string;
    next_tick_at: Date;
    /** Why the last check that was due did not begin in time. */
    held: Nullable<string>;
    last_check_id: Nullable<string>;
  };
  install_states: {
    id: string;
    org_id: string;
    install_id: string;
    version: number;
    digest: string;
    content: Json<Record<string, unknown>>;
    cause: string;
    created_at: Time;
  };
  workflows: {
    id: string;
    org_id: string;
    install_id: string;
    app_config_id: string;
    operation: string;
    params: Json<Record<string, unknown>>;
    plan_only: Generated<boolean>;
    approve_all: Generated<boolean>;
    state: WorkflowState;
    failure: NullableJson<Failure>;
    waiting: NullableJson<Waiting>;
    cancel_requested_at: NullableTime;
    /** Values that a runbook's run was given, encrypted: some may be secrets. */
    inputs_enc: Nullable<Buffer>;
    /** Targets it changes, and targets it goes by: what it can't run beside. Null where nobody knows: then beside nothing. */
    writes: Nullable<string[]>;
    reads: Nullable<string[]>;
    /** Why it does not wait for the install's maintenance window. */
    window_override: Nullable<string>;
    created_by: string;
    created_at: Time;
    started_at: NullableTime;
    finished_at: NullableTime;
  };
  steps: {
    id: string;
    org_id: string;
    workflow_id: string;
    index: number;
    key: string;
    kind: string;
    target: Nullable<string>;
    params: Json<Record<string, unknown>>;
    needs: ColumnType<string[], string, string>;
    state: StepState;
    attempt: Generated<number>;
    /** How often it was tried again by itself, and when the next try may begin. */
    auto_retries: Generated<number>;
    not_before: NullableTime;
    job_id: Nullable<string>;
    /** The build that the current attempt's job uses. */
    build_id: Nullable<string>;
    failure: NullableJson<Failure>;
    waiting: NullableJson<Waiting>;
    note: Nullable<string>;
    started_at: NullableTime;
    finished_at: NullableTime;
  };
  runners: {
    id: string;
    org_id: string;
    install_id: string;
    name: string;
    public_key: Nullable<string>;
    state: RunnerState;
    version: Nullable<string>;
    capabilities: NullableJson<Capabilities>;
    slots: Generated<number>;
    draining: Generated<boolean>;
    last_seen_at: NullableTime;
    disabled_by: Nullable<string>;
    created_at: Time;
  };
  enrolment_tokens: {
    id: string;
    org_id: string;
    runner_id: string;
    token_hash: string;
    expires_at: Date;
    used_at: NullableTime;
    created_at: Time;
  };
  runner_sessions: {
    id: string;
    org_id: string;
    runner_id: string;
    replica_id: string;
    token_hash: string;
    remote_addr: Nullable<string>;
    connected_at: Time;
    last_heartbeat_at: Time;
    closed_at: NullableTime;
    close_reason: Nullable<string>;
  };
  jobs: {
    id: string;
    org_id: string;
    install_id: string;
    runner_id: string;
    workflow_id: Nullable<string>;
    step_id: Nullable<string>;
    kind: string;
    target: Nullable<string>;
    spec_enc: Buffer;
    plan_digest: Nullable<string>;
    /** Of a plan: the version of the component's overrides that it was made with; null where none was ever set. */
    overrides_version: Nullable<number>;
    writes_target: Generated<boolean>;
    /** Steps on the longest way from it to the end of its workflow: what others wait for goes first. */
    priority: Generated<number>;
    state: JobState;
    epoch: Generated<number>;
    timeout_seconds: number;
    session_id: Nullable<string>;
    log_stream_id: string;
    lease_expires_at: NullableTime;
    deadline_at: NullableTime;
    cancel_requested_at: NullableTime;
    cancel_reason: Nullable<string>;
    /** The result without its outputs. */
    result: NullableJson<JobResult>;
    /** Outputs that are not sensitive, by name. */
    outputs: NullableJson<Record<string, unknown>>;
    sensitive_enc: Nullable<Buffer>;
    created_at: Time;
    assigned_at: NullableTime;
    accepted_at: NullableTime;
    finished_at: NullableTime;
  };
  job_attempts: {
    job_id: string;
    org_id: string;
    epoch: number;
    session_id: Nullable<string>;
    state: string;
    reason: Nullable<string>;
    assigned_at: Time;
    accepted_at: NullableTime;
    finished_at: NullableTime;
    released_at: NullableTime;
  };
  plans: {
    id: string;
    org_id: string;
    install_id: string;
    job_id: string;
    epoch: number;
    target: string;
    digest: string;
    size: number;
    content_enc: Buffer;
    display_enc: Nullable<Buffer>;
    summary: NullableJson<PlanSummary>;
    created_at: Time;
  };
  approvals: {
    id: string;
    org_id: string;
    install_id: string;
    workflow_id: string;
    step_id: string;
    step_attempt: number;
    plan_id: string;
    digest: string;
    state: ApprovalState;
    decision: Nullable<string>;
    decided_by: Nullable<string>;
    decided_from: Nullable<string>;
    note: Nullable<string>;
    expires_at: NullableTime;
    /** What the policies said of the plan, where it could have been approved by itself. */
    policies: NullableJson<{ policy: string; passed: boolean; why?: string }[]>;
    created_at: Time;
    decided_at: NullableTime;
  };
  approval_votes: {
    approval_id: string;
    org_id: string;
    actor: string;
    /** Who stands behind the actor: tokens that one token made are one identity. */
    identity: string;
    /** Who started the workflow has given it: it is not one of two people. */
    by_starter: Generated<boolean>;
    side: "vendor" | "customer";
    decision: string;
    digest: string;
    voted_from: Nullable<string>;
    note: Nullable<string>;
    at: Time;
  };
  action_runs: {
    id: string;
    org_id: string;
    install_id: string;
    workflow_id: Nullable<string>;
    step_id: Nullable<string>;
    job_id: Nullable<string>;
    action: string;
    trigger: string;
    state: "queued" | "running" | "succeeded" | "failed" | "cancelled";
    outputs: NullableJson<Record<string, unknown>>;
    sensitive_enc: Nullable<Buffer>;
    /** Environment variables that whoever started it gave, encrypted: they may be secrets. */
    env_enc: Nullable<Buffer>;
    failure: NullableJson<Failure>;
    created_at: Time;
    started_at: NullableTime;
    finished_at: NullableTime;
    /** The runner's id of a run that it made while it had no link, and the log that came with its report. */
    offline_id: Nullable<string>;
    offline_log_stream_id: Nullable<string>;
  };
  probe_schedules: { install_id: string; org_id: string; next_tick_at: Date; /** The last one. */ job_id: Nullable<string> };
  action_schedules: { install_id: string; org_id: string; action: string; cron: string; last_tick_at: Time; next_tick_at: Date };
  log_streams: {
    id: string;
    org_id: string;
    owner_kind: string;
    owner_id: string;
    job_id: Nullable<string>;
    epoch: Generated<number>;
    next_offset: Generated<number>;
    stored_until: Nullable<number>;
    ends_at: Nullable<number>;
    closed_at: NullableTime;
    created_at: Time;
  };
  log_chunks: { stream_id: string; start_offset: number; length: number; deflated: boolean; data: Buffer; stored_at: Time };
  terraform_states: {
    id: string;
    org_id: string;
    install_id: string;
    target: string;
    version: number;
    serial: number;
    lineage: string;
    job_id: string;
    epoch: number;
    sequence: number;
    digest: string;
    size: number;
    content_enc: Buffer;
    created_at: Time;
  };
  terraform_locks: {
    install_id: string;
    org_id: string;
    target: string;
    lock_id: string;
    info: Json<Record<string, unknown>>;
    job_id: string;
    epoch: number;
    created_at: Time;
  };
  events: {
    id: Generated<number>;
    org_id: string;
    install_id: Nullable<string>;
    workflow_id: Nullable<string>;
    subject_kind: string;
    subject_id: string;
    event: string;
    data: ColumnType<Record<string, unknown>, string | undefined, string>;
    actor: string;
    at: Time;
  };
  idempotency_keys: {
    org_id: string;
    key: string;
    request_hash: string;
    status: Nullable<number>;
    response: NullableJson<unknown>;
    created_at: Time;
  };
};
