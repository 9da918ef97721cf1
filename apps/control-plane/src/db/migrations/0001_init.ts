import { sql, type Kysely } from "kysely";

/** The first schema. Every row that belongs to a vendor carries `org_id`, and every query filters by it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements.split(/;\s*\n/)) {
    if (statement.trim()) await sql.raw(statement).execute(db);
  }
}

const statements = `
create table orgs (
  id text primary key,
  name text not null unique,
  created_at timestamptz not null default now()
);

create table api_tokens (
  id text primary key,
  org_id text not null references orgs(id),
  name text not null,
  token_hash text not null unique,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz
);
create index api_tokens_org on api_tokens(org_id);

-- Credentials for git hosts: used for every repository URL that starts with url_prefix.
create table git_credentials (
  id text primary key,
  org_id text not null references orgs(id),
  url_prefix text not null,
  username text not null,
  secret_enc bytea not null,
  created_at timestamptz not null default now(),
  unique (org_id, url_prefix)
);

create table apps (
  id text primary key,
  org_id text not null references orgs(id),
  name text not null,
  display_name text,
  created_at timestamptz not null default now(),
  unique (org_id, name)
);

-- Immutable. sources: target → {repo, directory, ref, commit, tree} as resolved at sync.
create table app_configs (
  id text primary key,
  org_id text not null references orgs(id),
  app_id text not null references apps(id),
  version integer not null,
  checksum text not null,
  config jsonb not null,
  sources jsonb not null,
  created_by text not null,
  created_at timestamptz not null default now(),
  unique (app_id, version)
);

create table components (
  id text primary key,
  org_id text not null references orgs(id),
  app_id text not null references apps(id),
  name text not null,
  type text not null,
  created_at timestamptz not null default now(),
  removed_at timestamptz,
  unique (app_id, name)
);

create table actions (
  id text primary key,
  org_id text not null references orgs(id),
  app_id text not null references apps(id),
  name text not null,
  created_at timestamptz not null default now(),
  removed_at timestamptz,
  unique (app_id, name)
);

create table artifacts (
  id text primary key,
  org_id text not null references orgs(id),
  app_id text not null references apps(id),
  repository text not null,
  digest text not null,
  media_type text not null,
  size bigint not null,
  created_at timestamptz not null default now(),
  unique (org_id, repository, digest)
);

-- target: 'sandbox', 'component:<name>' or 'action:<name>/<step>'. checksum covers config, referenced files and the source tree.
create table builds (
  id text primary key,
  org_id text not null references orgs(id),
  app_id text not null references apps(id),
  app_config_id text not null references app_configs(id),
  target text not null,
  checksum text not null,
  forced boolean not null default false,
  source jsonb,
  state text not null,
  failure jsonb,
  attempt integer not null default 0,
  artifact_id text references artifacts(id),
  log_stream_id text not null,
  lease_expires_at timestamptz,
  cancel_requested_at timestamptz,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz
);
create index builds_reuse on builds(app_id, target, checksum, state);
create index builds_open on builds(state) where state in ('queued', 'running');

-- Which build each target of a config uses.
create table app_config_targets (
  app_config_id text not null references app_configs(id),
  org_id text not null references orgs(id),
  target text not null,
  checksum text not null,
  build_id text references builds(id),
  primary key (app_config_id, target)
);

create table installs (
  id text primary key,
  org_id text not null references orgs(id),
  app_id text not null references apps(id),
  app_config_id text not null references app_configs(id),
  name text not null,
  state text not null,
  approve_all boolean not null default false,
  labels jsonb not null default '{}',
  created_at timestamptz not null default now(),
  forgotten_at timestamptz
);
create unique index installs_name on installs(org_id, app_id, name) where forgotten_at is null;

create table install_inputs (
  id text primary key,
  org_id text not null references orgs(id),
  install_id text not null references installs(id),
  version integer not null,
  plain jsonb not null,
  sensitive_enc bytea,
  created_by text not null,
  created_at timestamptz not null default now(),
  unique (install_id, version)
);

-- What stands: 'sandbox' or 'component:<name>'. Outputs of the last apply; sensitive ones encrypted.
create table install_targets (
  install_id text not null references installs(id),
  org_id text not null references orgs(id),
  target text not null,
  state text not null,
  build_id text references builds(id),
  workflow_id text,
  outputs jsonb not null default '{}',
  sensitive_enc bytea,
  updated_at timestamptz not null default now(),
  primary key (install_id, target)
);

-- The tree that templates read, without sensitive values; a new version only when the content changed.
create table install_states (
  id text primary key,
  org_id text not null references orgs(id),
  install_id text not null references installs(id),
  version integer not null,
  digest text not null,
  content jsonb not null,
  cause text not null,
  created_at timestamptz not null default now(),
  unique (install_id, version)
);

create table workflows (
  id text primary key,
  org_id text not null references orgs(id),
  install_id text not null references installs(id),
  app_config_id text not null references app_configs(id),
  operation text not null,
  params jsonb not null,
  plan_only boolean not null default false,
  approve_all boolean not null default false,
  state text not null,
  failure jsonb,
  waiting jsonb,
  cancel_requested_at timestamptz,
  created_by text not null,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz
);
create index workflows_install on workflows(install_id, created_at desc);
create index workflows_open on workflows(state) where state in ('queued', 'running', 'awaiting_approval');

-- key: stable name inside the workflow ('component:db/plan'); needs: keys that must be done first.
create table steps (
  id text primary key,
  org_id text not null references orgs(id),
  workflow_id text not null references workflows(id),
  index integer not null,
  key text not null,
  kind text not null,
  target text,
  params jsonb not null,
  needs jsonb not null,
  state text not null,
  attempt integer not null default 0,
  job_id text,
  failure jsonb,
  waiting jsonb,
  note text,
  started_at timestamptz,
  finished_at timestamptz,
  unique (workflow_id, key)
);

create table runners (
  id text primary key,
  org_id text not null references orgs(id),
  install_id text not null references installs(id),
  name text not null,
  public_key text,
  state text not null,
  version text,
  capabilities jsonb,
  slots integer not null default 4,
  draining boolean not null default false,
  last_seen_at timestamptz,
  disabled_by text,
  created_at timestamptz not null default now()
);
create index runners_install on runners(install_id);

create table enrolment_tokens (
  id text primary key,
  org_id text not null references orgs(id),
  runner_id text not null references runners(id),
  token_hash text not null unique,
  expires_at timestamptz not null,
  used_at timestamptz,
  created_at timestamptz not null default now()
);

create index enrolment_tokens_runner on enrolment_tokens(runner_id);

create table runner_sessions (
  id text primary key,
  org_id text not null references orgs(id),
  runner_id text not null references runners(id),
  replica_id text not null,
  token_hash text not null unique,
  remote_addr text,
  connected_at timestamptz not null default now(),
  last_heartbeat_at timestamptz not null default now(),
  closed_at timestamptz,
  close_reason text
);
create index runner_sessions_open on runner_sessions(runner_id) where closed_at is null;

-- spec_enc: the job spec with its secrets; nothing of it is in the clear.
create table jobs (
  id text primary key,
  org_id text not null references orgs(id),
  install_id text not null references installs(id),
  runner_id text not null references runners(id),
  workflow_id text references workflows(id),
  step_id text references steps(id),
  kind text not null,
  target text,
  spec_enc bytea not null,
  plan_digest text,
  writes_target boolean not null default false,
  state text not null,
  epoch integer not null default 0,
  timeout_seconds integer not null,
  session_id text,
  log_stream_id text not null,
  lease_expires_at timestamptz,
  deadline_at timestamptz,
  cancel_requested_at timestamptz,
  cancel_reason text,
  result jsonb,
  outputs jsonb,
  sensitive_enc bytea,
  created_at timestamptz not null default now(),
  assigned_at timestamptz,
  accepted_at timestamptz,
  finished_at timestamptz
);
create index jobs_queue on jobs(runner_id, created_at) where state = 'queued';
create index jobs_open on jobs(runner_id, state) where state in ('queued', 'assigned', 'running', 'lost');
create index jobs_step on jobs(step_id);
create index jobs_install on jobs(install_id, created_at desc);
create index jobs_leases on jobs(lease_expires_at) where state in ('assigned', 'running');
-- Two jobs never write the same target of an install at once, whatever the dispatchers think.
create unique index jobs_one_writer on jobs(install_id, target) where writes_target and state in ('assigned', 'running', 'lost');

-- released_at: from then on the runner holds nothing of the attempt any more, no state that has yet to be delivered either.
create table job_attempts (
  job_id text not null references jobs(id),
  org_id text not null references orgs(id),
  epoch integer not null,
  session_id text,
  state text not null,
  reason text,
  assigned_at timestamptz not null default now(),
  accepted_at timestamptz,
  finished_at timestamptz,
  released_at timestamptz,
  primary key (job_id, epoch)
);
create index job_attempts_unreleased on job_attempts(job_id) where released_at is null;

create table plans (
  id text primary key,
  org_id text not null references orgs(id),
  install_id text not null references installs(id),
  job_id text not null references jobs(id),
  epoch integer not null,
  target text not null,
  digest text not null,
  size bigint not null,
  content_enc bytea not null,
  display_enc bytea,
  summary jsonb,
  created_at timestamptz not null default now(),
  unique (job_id, epoch)
);

create table approvals (
  id text primary key,
  org_id text not null references orgs(id),
  install_id text not null references installs(id),
  workflow_id text not null references workflows(id),
  step_id text not null references steps(id),
  step_attempt integer not null,
  plan_id text not null references plans(id),
  digest text not null,
  state text not null,
  decision text,
  decided_by text,
  decided_from text,
  note text,
  created_at timestamptz not null default now(),
  decided_at timestamptz,
  unique (step_id, step_attempt)
);
create index approvals_open on approvals(org_id, created_at) where state = 'pending';

create table action_runs (
  id text primary key,
  org_id text not null references orgs(id),
  install_id text not null references installs(id),
  workflow_id text references workflows(id),
  step_id text references steps(id),
  job_id text references jobs(id),
  action text not null,
  trigger text not null,
  state text not null,
  outputs jsonb,
  sensitive_enc bytea,
  failure jsonb,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz
);
create index action_runs_install on action_runs(install_id, action, created_at desc);

-- One row per cron trigger of an install; last_tick_at is the guard that makes a missed tick run once.
create table action_schedules (
  install_id text not null references installs(id),
  org_id text not null references orgs(id),
  action text not null,
  cron text not null,
  last_tick_at timestamptz not null default now(),
  next_tick_at timestamptz not null,
  primary key (install_id, action, cron)
);
create index action_schedules_due on action_schedules(next_tick_at);

-- stored_until: where the cap was reached; bytes from there on were counted and not kept. ends_at: the whole length, where its writer has told it.
create table log_streams (
  id text primary key,
  org_id text not null references orgs(id),
  owner_kind text not null,
  owner_id text not null,
  job_id text,
  epoch integer not null default 0,
  next_offset bigint not null default 0,
  stored_until bigint,
  ends_at bigint,
  closed_at timestamptz,
  created_at timestamptz not null default now()
);
create index log_streams_owner on log_streams(owner_kind, owner_id);
create index log_streams_unfinished on log_streams(id) where ends_at is not null and closed_at is null;
create index log_streams_job on log_streams(job_id, epoch) where job_id is not null;

create table log_chunks (
  stream_id text not null references log_streams(id),
  start_offset bigint not null,
  length integer not null,
  deflated boolean not null,
  data bytea not null,
  stored_at timestamptz not null default now(),
  primary key (stream_id, start_offset)
);
-- Chunks arrive compressed: trying it again costs time and saves nothing.
alter table log_chunks alter column data set storage external;

create table terraform_states (
  id text primary key,
  org_id text not null references orgs(id),
  install_id text not null references installs(id),
  target text not null,
  version integer not null,
  serial bigint not null,
  lineage text not null,
  job_id text not null references jobs(id),
  epoch integer not null,
  sequence integer not null,
  digest text not null,
  size bigint not null,
  content_enc bytea not null,
  created_at timestamptz not null default now(),
  unique (install_id, target, version),
  unique (job_id, epoch, sequence)
);

create table terraform_locks (
  install_id text not null references installs(id),
  org_id text not null references orgs(id),
  target text not null,
  lock_id text not null,
  info jsonb not null,
  job_id text not null references jobs(id),
  epoch integer not null,
  created_at timestamptz not null default now(),
  primary key (install_id, target)
);

-- The audit trail and the source of live updates: one row per transition, in the transition's transaction.
create table events (
  id bigint generated always as identity primary key,
  org_id text not null references orgs(id),
  install_id text,
  workflow_id text,
  subject_kind text not null,
  subject_id text not null,
  event text not null,
  data jsonb not null default '{}',
  actor text not null,
  at timestamptz not null default now()
);
create index events_workflow on events(workflow_id, id);
create index events_org on events(org_id, id);
create index events_install on events(install_id, id);

create table idempotency_keys (
  org_id text not null references orgs(id),
  key text not null,
  request_hash text not null,
  status integer,
  response jsonb,
  created_at timestamptz not null default now(),
  primary key (org_id, key)
);
`;
