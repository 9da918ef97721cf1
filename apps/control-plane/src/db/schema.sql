create table action_runs (
  action text not null,
  created_at timestamp with time zone not null default now(),
  env_enc bytea,
  failure jsonb,
  finished_at timestamp with time zone,
  id text not null,
  install_id text not null,
  job_id text,
  offline_id text,
  offline_log_stream_id text,
  org_id text not null,
  outputs jsonb,
  sensitive_enc bytea,
  started_at timestamp with time zone,
  state text not null,
  step_id text,
  trigger text not null,
  workflow_id text,
  PRIMARY KEY (id),
  FOREIGN KEY (install_id) REFERENCES installs(id),
  FOREIGN KEY (job_id) REFERENCES jobs(id),
  FOREIGN KEY (offline_log_stream_id) REFERENCES log_streams(id) DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY (org_id) REFERENCES orgs(id),
  FOREIGN KEY (step_id) REFERENCES steps(id),
  FOREIGN KEY (workflow_id) REFERENCES workflows(id)
);
CREATE INDEX action_runs_install ON public.action_runs USING btree (install_id, action, created_at DESC);
CREATE UNIQUE INDEX action_runs_offline ON public.action_runs USING btree (install_id, offline_id) WHERE (offline_id IS NOT NULL);
CREATE INDEX action_runs_step ON public.action_runs USING btree (step_id);

create table action_schedules (
  action text not null,
  cron text not null,
  install_id text not null,
  last_tick_at timestamp with time zone not null default now(),
  next_tick_at timestamp with time zone not null,
  org_id text not null,
  PRIMARY KEY (install_id, action, cron),
  FOREIGN KEY (install_id) REFERENCES installs(id),
  FOREIGN KEY (org_id) REFERENCES orgs(id)
);
CREATE INDEX action_schedules_due ON public.action_schedules USING btree (next_tick_at);

create table actions (
  app_id text not null,
  created_at timestamp with time zone not null default now(),
  id text not null,
  name text not null,
  org_id text not null,
  removed_at timestamp with time zone,
  UNIQUE (app_id, name),
  PRIMARY KEY (id),
  FOREIGN KEY (app_id) REFERENCES apps(id),
  FOREIGN KEY (org_id) REFERENCES orgs(id)
);

create table api_tokens (
  created_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone,
  id text not null,
  identity text,
  install_id text,
  last_used_at timestamp with time zone,
  name text not null,
  org_id text not null,
  revoked_at timestamp with time zone,
  token_hash text not null,
  UNIQUE (token_hash),
  PRIMARY KEY (id),
  FOREIGN KEY (install_id) REFERENCES installs(id),
  FOREIGN KEY (org_id) REFERENCES orgs(id)
);
CREATE INDEX api_tokens_org ON public.api_tokens USING btree (org_id);

create table app_config_targets (
  app_config_id text not null,
  build_id text,
  checksum text not null,
  org_id text not null,
  target text not null,
  PRIMARY KEY (app_config_id, target),
  FOREIGN KEY (app_config_id) REFERENCES app_configs(id),
  FOREIGN KEY (build_id) REFERENCES builds(id),
  FOREIGN KEY (org_id) REFERENCES orgs(id)
);

create table app_configs (
  app_id text not null,
  checksum text not null,
  config jsonb not null,
  created_at timestamp with time zone not null default now(),
  created_by text not null,
  id text not null,
  org_id text not null,
  sources jsonb not null,
  version integer not null,
  UNIQUE (app_id, version),
  PRIMARY KEY (id),
  FOREIGN KEY (app_id) REFERENCES apps(id),
  FOREIGN KEY (org_id) REFERENCES orgs(id)
);

create table approval_votes (
  actor text not null,
  approval_id text not null,
  at timestamp with time zone not null default now(),
  by_starter boolean not null default false,
  decision text not null,
  digest text not null,
  identity text not null,
  note text,
  org_id text not null,
  side text not null,
  voted_from text,
  PRIMARY KEY (approval_id, actor, decision),
  FOREIGN KEY (approval_id) REFERENCES approvals(id),
  FOREIGN KEY (org_id) REFERENCES orgs(id)
);

create table approvals (
  created_at timestamp with time zone not null default now(),
  decided_at timestamp with time zone,
  decided_by text,
  decided_from text,
  decision text,
  digest text not null,
  expires_at timestamp with time zone,
  id text not null,
  install_id text not null,
  note text,
  org_id text not null,
  plan_id text not null,
  policies jsonb,
  state text not null,
  step_attempt integer not null,
  step_id text not null,
  workflow_id text not null,
  UNIQUE (step_id, step_attempt),
  PRIMARY KEY (id),
  FOREIGN KEY (install_id) REFERENCES installs(id),
  FOREIGN KEY (org_id) REFERENCES orgs(id),
  FOREIGN KEY (plan_id) REFERENCES plans(id),
  FOREIGN KEY (step_id) REFERENCES steps(id),
  FOREIGN KEY (workflow_id) REFERENCES workflows(id)
);
CREATE INDEX approvals_expiring ON public.approvals USING btree (expires_at) WHERE (state = 'pending'::text);
CREATE INDEX approvals_open ON public.approvals USING btree (org_id, created_at) WHERE (state = 'pending'::text);
CREATE INDEX approvals_workflow ON public.approvals USING btree (workflow_id);

create table apps (
  created_at timestamp with time zone not null default now(),
  display_name text,
  id text not null,
  name text not null,
  org_id text not null,
  UNIQUE (org_id, name),
  PRIMARY KEY (id),
  FOREIGN KEY (org_id) REFERENCES orgs(id)
);

create table artifacts (
  app_id text not null,
  created_at timestamp with time zone not null default now(),
  digest text not null,
  id text not null,
  media_type text not null,
  org_id text not null,
  repository text not null,
  size bigint not null,
  UNIQUE (org_id, repository, digest),
  PRIMARY KEY (id),
  FOREIGN KEY (app_id) REFERENCES apps(id),
  FOREIGN KEY (org_id) REFERENCES orgs(id)
);

create table builds (
  app_config_id text not null,
  app_id text not null,
  artifact_id text,
  attempt integer not null default 0,
  cancel_requested_at timestamp with time zone,
  checksum text not null,
  created_at timestamp with time zone not null default now(),
  facts jsonb,
  failure jsonb,
  finished_at timestamp with time zone,
  forced boolean not null default false,
  id text not null,
  lease_expires_at timestamp with time zone,
  log_stream_id text not null,
  org_id text not null,
  source jsonb,
  started_at timestamp with time zone,
  state text not null,
  target text not null,
  why text not null default ''::text,
  PRIMARY KEY (id),
  FOREIGN KEY (app_config_id) REFERENCES app_configs(id),
  FOREIGN KEY (app_id) REFERENCES apps(id),
  FOREIGN KEY (artifact_id) REFERENCES artifacts(id),
  FOREIGN KEY (org_id) REFERENCES orgs(id)
);
CREATE INDEX builds_open ON public.builds USING btree (state) WHERE (state = ANY (ARRAY['queued'::text, 'running'::text]));
CREATE INDEX builds_reuse ON public.builds USING btree (app_id, target, checksum, state);

create table component_health (
  component text not null,
  delivered_at timestamp with time zone,
  install_id text not null,
  org_id text not null,
  seen_at timestamp with time zone not null,
  since timestamp with time zone not null,
  stale_at timestamp with time zone not null,
  tending text,
  tending_count integer not null default 0,
  verdict text not null,
  why text not null,
  PRIMARY KEY (install_id, component),
  FOREIGN KEY (install_id) REFERENCES installs(id),
  FOREIGN KEY (org_id) REFERENCES orgs(id)
);
CREATE INDEX component_health_stale ON public.component_health USING btree (stale_at) WHERE (verdict <> 'unknown'::text);

create table component_overrides (
  component text not null,
  created_at timestamp with time zone not null default now(),
  created_by text not null,
  id text not null,
  install_id text not null,
  org_id text not null,
  type text not null,
  values_enc bytea,
  version integer not null,
  UNIQUE (install_id, component, version),
  PRIMARY KEY (id),
  FOREIGN KEY (install_id) REFERENCES installs(id),
  FOREIGN KEY (org_id) REFERENCES orgs(id)
);

create table components (
  app_id text not null,
  created_at timestamp with time zone not null default now(),
  id text not null,
  name text not null,
  org_id text not null,
  removed_at timestamp with time zone,
  type text not null,
  UNIQUE (app_id, name),
  PRIMARY KEY (id),
  FOREIGN KEY (app_id) REFERENCES apps(id),
  FOREIGN KEY (org_id) REFERENCES orgs(id)
);

create table drift_schedules (
  cron text not null,
  held text,
  install_id text not null,
  last_check_id text,
  next_tick_at timestamp with time zone not null,
  org_id text not null,
  target text not null,
  PRIMARY KEY (install_id, target),
  FOREIGN KEY (install_id) REFERENCES installs(id),
  FOREIGN KEY (last_check_id) REFERENCES workflows(id),
  FOREIGN KEY (org_id) REFERENCES orgs(id)
);
CREATE INDEX drift_schedules_due ON public.drift_schedules USING btree (next_tick_at);

create table drifts (
  checked_at timestamp with time zone not null,
  cleared_at timestamp with time zone,
  cleared_by text,
  detected_at timestamp with time zone not null,
  id text not null,
  install_id text not null,
  kind text not null,
  org_id text not null,
  plan_id text,
  remediation_id text,
  remediation_problem text,
  state text not null,
  summary jsonb,
  target text not null,
  workflow_id text,
  PRIMARY KEY (id),
  FOREIGN KEY (install_id) REFERENCES installs(id),
  FOREIGN KEY (org_id) REFERENCES orgs(id),
  FOREIGN KEY (plan_id) REFERENCES plans(id),
  FOREIGN KEY (remediation_id) REFERENCES workflows(id),
  FOREIGN KEY (workflow_id) REFERENCES workflows(id)
);
CREATE UNIQUE INDEX drifts_one_open ON public.drifts USING btree (install_id, target) WHERE (state = 'open'::text);
CREATE INDEX drifts_org ON public.drifts USING btree (org_id, detected_at, id);

create table enrolment_tokens (
  created_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone not null,
  id text not null,
  org_id text not null,
  runner_id text not null,
  token_hash text not null,
  used_at timestamp with time zone,
  UNIQUE (token_hash),
  PRIMARY KEY (id),
  FOREIGN KEY (org_id) REFERENCES orgs(id),
  FOREIGN KEY (runner_id) REFERENCES runners(id)
);
CREATE INDEX enrolment_tokens_runner ON public.enrolment_tokens USING btree (runner_id);

create table events (
  actor text not null,
  at timestamp with time zone not null default now(),
  data jsonb not null default '{}'::jsonb,
  event text not null,
  id bigint not null generated always as identity,
  install_id text,
  org_id text not null,
  subject_id text not null,
  subject_kind text not null,
  workflow_id text,
  PRIMARY KEY (id),
  FOREIGN KEY (org_id) REFERENCES orgs(id)
);
CREATE INDEX events_install ON public.events USING btree (install_id, id);
CREATE INDEX events_org ON public.events USING btree (org_id, id);
CREATE INDEX events_workflow ON public.events USING btree (workflow_id, id);

create table git_credentials (
  created_at timestamp with time zone not null default now(),
  id text not null,
  org_id text not null,
  secret_enc bytea not null,
  url_prefix text not null,
  username text not null,
  UNIQUE (org_id, url_prefix),
  PRIMARY KEY (id),
  FOREIGN KEY (org_id) REFERENCES orgs(id)
);

create table git_trees (
  commit text not null,
  directory text not null,
  org_id text not null,
  repo text not null,
  tree text not null,
  PRIMARY KEY (org_id, repo, commit, directory),
  FOREIGN KEY (org_id) REFERENCES orgs(id)
);

create table health_checks (
  component text not null,
  install_id text not null,
  message text not null default ''::text,
  name text not null,
  org_id text not null,
  reported_at timestamp with time zone not null,
  reported_by text not null,
  stale_at timestamp with time zone not null,
  status text not null,
  PRIMARY KEY (install_id, component, name),
  FOREIGN KEY (install_id) REFERENCES installs(id),
  FOREIGN KEY (org_id) REFERENCES orgs(id)
);

create table health_segments (
  component text not null,
  from_at timestamp with time zone not null,
  install_id text not null,
  measured_offline boolean not null default false,
  org_id text not null,
  to_at timestamp with time zone not null,
  verdict text not null
);
CREATE INDEX health_segments_of ON public.health_segments USING btree (install_id, component, to_at);

create table idempotency_keys (
  created_at timestamp with time zone not null default now(),
  key text not null,
  org_id text not null,
  request_hash text not null,
  response jsonb,
  status integer,
  PRIMARY KEY (org_id, key),
  FOREIGN KEY (org_id) REFERENCES orgs(id)
);

create table install_inputs (
  created_at timestamp with time zone not null default now(),
  created_by text not null,
  id text not null,
  install_id text not null,
  org_id text not null,
  plain jsonb not null,
  sensitive_enc bytea,
  version integer not null,
  UNIQUE (install_id, version),
  PRIMARY KEY (id),
  FOREIGN KEY (install_id) REFERENCES installs(id),
  FOREIGN KEY (org_id) REFERENCES orgs(id)
);

create table install_secrets (
  address text,
  change text,
  changed_at timestamp with time zone,
  checked_at timestamp with time zone not null,
  digest text,
  found boolean not null,
  install_id text not null,
  length integer,
  name text not null,
  org_id text not null,
  problem text,
  source text not null,
  synced_at timestamp with time zone,
  targets jsonb not null default '[]'::jsonb,
  workflow_id text not null,
  PRIMARY KEY (install_id, name),
  FOREIGN KEY (install_id) REFERENCES installs(id),
  FOREIGN KEY (org_id) REFERENCES orgs(id)
);

create table install_states (
  cause text not null,
  content jsonb not null,
  created_at timestamp with time zone not null default now(),
  digest text not null,
  id text not null,
  install_id text not null,
  org_id text not null,
  version integer not null,
  UNIQUE (install_id, version),
  PRIMARY KEY (id),
  FOREIGN KEY (install_id) REFERENCES installs(id),
  FOREIGN KEY (org_id) REFERENCES orgs(id)
);

create table install_targets (
  build_id text,
  install_id text not null,
  org_id text not null,
  outputs jsonb not null default '{}'::jsonb,
  plan_job_id text,
  sensitive_enc bytea,
  state text not null,
  target text not null,
  updated_at timestamp with time zone not null default now(),
  workflow_id text,
  PRIMARY KEY (install_id, target),
  FOREIGN KEY (build_id) REFERENCES builds(id),
  FOREIGN KEY (install_id) REFERENCES installs(id),
  FOREIGN KEY (org_id) REFERENCES orgs(id),
  FOREIGN KEY (plan_job_id) REFERENCES jobs(id)
);

create table install_toggles (
  changed_at timestamp with time zone not null default now(),
  changed_by text not null,
  component text not null,
  enabled boolean not null,
  install_id text not null,
  org_id text not null,
  PRIMARY KEY (install_id, component),
  FOREIGN KEY (install_id) REFERENCES installs(id),
  FOREIGN KEY (org_id) REFERENCES orgs(id)
);

create table installs (
  app_config_id text not null,
  app_id text not null,
  approve_all boolean not null default false,
  created_at timestamp with time zone not null default now(),
  forgotten_at timestamp with time zone,
  id text not null,
  labels jsonb not null default '{}'::jsonb,
  name text not null,
  org_id text not null,
  settings jsonb not null default '{}'::jsonb,
  stack_outputs jsonb not null default '{}'::jsonb,
  state text not null,
  PRIMARY KEY (id),
  FOREIGN KEY (app_config_id) REFERENCES app_configs(id),
  FOREIGN KEY (app_id) REFERENCES apps(id),
  FOREIGN KEY (org_id) REFERENCES orgs(id)
);
CREATE UNIQUE INDEX installs_name ON public.installs USING btree (org_id, app_id, name) WHERE (forgotten_at IS NULL);

create table job_attempts (
  accepted_at timestamp with time zone,
  assigned_at timestamp with time zone not null default now(),
  epoch integer not null,
  finished_at timestamp with time zone,
  job_id text not null,
  org_id text not null,
  reason text,
  released_at timestamp with time zone,
  session_id text,
  state text not null,
  PRIMARY KEY (job_id, epoch),
  FOREIGN KEY (job_id) REFERENCES jobs(id),
  FOREIGN KEY (org_id) REFERENCES orgs(id)
);
CREATE INDEX job_attempts_unreleased ON public.job_attempts USING btree (job_id) WHERE (released_at IS NULL);

create table jobs (
  accepted_at timestamp with time zone,
  assigned_at timestamp with time zone,
  cancel_reason text,
  cancel_requested_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  deadline_at timestamp with time zone,
  epoch integer not null default 0,
  finished_at timestamp with time zone,
  id text not null,
  install_id text not null,
  kind text not null,
  lease_expires_at timestamp with time zone,
  log_stream_id text not null,
  org_id text not null,
  outputs jsonb,
  overrides_version integer,
  plan_digest text,
  priority integer not null default 0,
  result jsonb,
  runner_id text not null,
  sensitive_enc bytea,
  session_id text,
  spec_enc bytea not null,
  state text not null,
  step_id text,
  target text,
  timeout_seconds integer not null,
  workflow_id text,
  writes_target boolean not null default false,
  PRIMARY KEY (id),
  FOREIGN KEY (install_id) REFERENCES installs(id),
  FOREIGN KEY (org_id) REFERENCES orgs(id),
  FOREIGN KEY (runner_id) REFERENCES runners(id),
  FOREIGN KEY (step_id) REFERENCES steps(id),
  FOREIGN KEY (workflow_id) REFERENCES workflows(id)
);
CREATE INDEX jobs_busy ON public.jobs USING btree (install_id, target) WHERE (state = ANY (ARRAY['assigned'::text, 'running'::text, 'lost'::text]));
CREATE INDEX jobs_install ON public.jobs USING btree (install_id, created_at DESC);
CREATE UNIQUE INDEX jobs_one_writer ON public.jobs USING btree (install_id, target) WHERE (writes_target AND (state = ANY (ARRAY['assigned'::text, 'running'::text, 'lost'::text])));
CREATE INDEX jobs_open ON public.jobs USING btree (runner_id, state) WHERE (state = ANY (ARRAY['queued'::text, 'assigned'::text, 'running'::text, 'lost'::text]));
CREATE INDEX jobs_step ON public.jobs USING btree (step_id);
CREATE INDEX jobs_to_stop ON public.jobs USING btree (runner_id) WHERE ((cancel_requested_at IS NOT NULL) AND (state = ANY (ARRAY['assigned'::text, 'running'::text])));
CREATE INDEX jobs_writers ON public.jobs USING btree (install_id) WHERE (writes_target AND (state = ANY (ARRAY['queued'::text, 'assigned'::text, 'running'::text, 'lost'::text])));

create table log_chunks (
  data bytea not null,
  deflated boolean not null,
  length integer not null,
  start_offset bigint not null,
  stored_at timestamp with time zone not null default now(),
  stream_id text not null,
  PRIMARY KEY (stream_id, start_offset),
  FOREIGN KEY (stream_id) REFERENCES log_streams(id)
);

create table log_streams (
  closed_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  ends_at bigint,
  epoch integer not null default 0,
  id text not null,
  job_id text,
  next_offset bigint not null default 0,
  org_id text not null,
  owner_id text not null,
  owner_kind text not null,
  stored_until bigint,
  PRIMARY KEY (id),
  FOREIGN KEY (org_id) REFERENCES orgs(id)
);
CREATE INDEX log_streams_job ON public.log_streams USING btree (job_id, epoch) WHERE (job_id IS NOT NULL);
CREATE INDEX log_streams_owner ON public.log_streams USING btree (owner_kind, owner_id);
CREATE INDEX log_streams_unfinished ON public.log_streams USING btree (id) WHERE ((ends_at IS NOT NULL) AND (closed_at IS NULL));

create table orgs (
  created_at timestamp with time zone not null default now(),
  id text not null,
  name text not null,
  settings jsonb not null default '{}'::jsonb,
  UNIQUE (name),
  PRIMARY KEY (id)
);

create table plans (
  content_enc bytea not null,
  created_at timestamp with time zone not null default now(),
  digest text not null,
  display_enc bytea,
  epoch integer not null,
  id text not null,
  install_id text not null,
  job_id text not null,
  org_id text not null,
  size bigint not null,
  summary jsonb,
  target text not null,
  UNIQUE (job_id, epoch),
  PRIMARY KEY (id),
  FOREIGN KEY (install_id) REFERENCES installs(id),
  FOREIGN KEY (job_id) REFERENCES jobs(id),
  FOREIGN KEY (org_id) REFERENCES orgs(id)
);

create table probe_schedules (
  install_id text not null,
  job_id text,
  next_tick_at timestamp with time zone not null,
  org_id text not null,
  PRIMARY KEY (install_id),
  FOREIGN KEY (install_id) REFERENCES installs(id),
  FOREIGN KEY (org_id) REFERENCES orgs(id)
);
CREATE INDEX probe_schedules_due ON public.probe_schedules USING btree (next_tick_at);

create table pull_credentials (
  created_at timestamp with time zone not null default now(),
  created_by text not null,
  expires_at timestamp with time zone,
  id text not null,
  install_id text not null,
  kind text not null,
  last_used_at timestamp with time zone,
  name text not null,
  org_id text not null,
  revoked_at timestamp with time zone,
  secret_enc bytea,
  token_hash text not null,
  UNIQUE (token_hash),
  PRIMARY KEY (id),
  FOREIGN KEY (install_id) REFERENCES installs(id),
  FOREIGN KEY (org_id) REFERENCES orgs(id)
);
CREATE UNIQUE INDEX pull_credentials_cluster ON public.pull_credentials USING btree (install_id) WHERE ((kind = 'cluster'::text) AND (revoked_at IS NULL));
CREATE INDEX pull_credentials_install ON public.pull_credentials USING btree (install_id, created_at, id);

create table registry_blobs (
  digest text not null,
  repository text not null,
  size bigint not null,
  used_at timestamp with time zone not null default now(),
  PRIMARY KEY (repository, digest)
);
CREATE INDEX registry_blobs_digest ON public.registry_blobs USING btree (digest);
CREATE INDEX registry_blobs_used ON public.registry_blobs USING btree (used_at);

create table registry_manifests (
  annotations jsonb not null default '{}'::jsonb,
  artifact_type text,
  blobs text[] not null,
  content bytea not null,
  digest text not null,
  manifests text[] not null,
  media_type text not null,
  pushed_at timestamp with time zone not null default now(),
  repository text not null,
  subject text,
  PRIMARY KEY (repository, digest)
);
CREATE INDEX registry_manifests_blobs ON public.registry_manifests USING gin (blobs);
CREATE INDEX registry_manifests_subject ON public.registry_manifests USING btree (repository, subject) WHERE (subject IS NOT NULL);

create table registry_tags (
  digest text not null,
  repository text not null,
  tag text not null,
  updated_at timestamp with time zone not null default now(),
  PRIMARY KEY (repository, tag),
  FOREIGN KEY (repository, digest) REFERENCES registry_manifests(repository, digest) ON DELETE CASCADE
);
CREATE INDEX registry_tags_digest ON public.registry_tags USING btree (repository, digest);

create table registry_uploads (
  created_at timestamp with time zone not null default now(),
  id text not null,
  parts jsonb not null default '[]'::jsonb,
  repository text not null,
  size bigint not null default 0,
  updated_at timestamp with time zone not null default now(),
  PRIMARY KEY (id)
);
CREATE INDEX registry_uploads_updated ON public.registry_uploads USING btree (updated_at);

create table rollout_installs (
  finished_at timestamp with time zone,
  install_id text not null,
  note text,
  org_id text not null,
  previous_config_id text,
  ring integer not null,
  rollout_id text not null,
  started_at timestamp with time zone,
  state text not null,
  workflow_id text,
  PRIMARY KEY (rollout_id, install_id),
  FOREIGN KEY (install_id) REFERENCES installs(id),
  FOREIGN KEY (org_id) REFERENCES orgs(id),
  FOREIGN KEY (previous_config_id) REFERENCES app_configs(id),
  FOREIGN KEY (rollout_id) REFERENCES rollouts(id),
  FOREIGN KEY (workflow_id) REFERENCES workflows(id)
);

create table rollouts (
  app_config_id text not null,
  app_id text not null,
  approve_all boolean not null default false,
  approved_rings integer[] not null default '{}'::integer[],
  created_at timestamp with time zone not null default now(),
  created_by text not null,
  finished_at timestamp with time zone,
  id text not null,
  org_id text not null,
  rings jsonb not null,
  state text not null,
  why text,
  PRIMARY KEY (id),
  FOREIGN KEY (app_config_id) REFERENCES app_configs(id),
  FOREIGN KEY (app_id) REFERENCES apps(id),
  FOREIGN KEY (org_id) REFERENCES orgs(id)
);
CREATE INDEX rollouts_org ON public.rollouts USING btree (org_id, created_at, id);
CREATE INDEX rollouts_running ON public.rollouts USING btree (id) WHERE (state = 'running'::text);

create table runner_sessions (
  close_reason text,
  closed_at timestamp with time zone,
  connected_at timestamp with time zone not null default now(),
  id text not null,
  last_heartbeat_at timestamp with time zone not null default now(),
  org_id text not null,
  remote_addr text,
  replica_id text not null,
  runner_id text not null,
  token_hash text not null,
  UNIQUE (token_hash),
  PRIMARY KEY (id),
  FOREIGN KEY (org_id) REFERENCES orgs(id),
  FOREIGN KEY (runner_id) REFERENCES runners(id)
);
CREATE INDEX runner_sessions_open ON public.runner_sessions USING btree (runner_id) WHERE (closed_at IS NULL);

create table runners (
  capabilities jsonb,
  created_at timestamp with time zone not null default now(),
  disabled_by text,
  draining boolean not null default false,
  id text not null,
  install_id text not null,
  last_seen_at timestamp with time zone,
  name text not null,
  org_id text not null,
  public_key text,
  slots integer not null default 4,
  state text not null,
  version text,
  PRIMARY KEY (id),
  FOREIGN KEY (install_id) REFERENCES installs(id),
  FOREIGN KEY (org_id) REFERENCES orgs(id)
);
CREATE INDEX runners_install ON public.runners USING btree (install_id);

create table steps (
  attempt integer not null default 0,
  auto_retries integer not null default 0,
  build_id text,
  failure jsonb,
  finished_at timestamp with time zone,
  id text not null,
  index integer not null,
  job_id text,
  key text not null,
  kind text not null,
  needs jsonb not null,
  not_before timestamp with time zone,
  note text,
  org_id text not null,
  params jsonb not null,
  started_at timestamp with time zone,
  state text not null,
  target text,
  waiting jsonb,
  workflow_id text not null,
  UNIQUE (workflow_id, key),
  PRIMARY KEY (id),
  FOREIGN KEY (build_id) REFERENCES builds(id),
  FOREIGN KEY (org_id) REFERENCES orgs(id),
  FOREIGN KEY (workflow_id) REFERENCES workflows(id)
);

create table terraform_locks (
  created_at timestamp with time zone not null default now(),
  epoch integer not null,
  info jsonb not null,
  install_id text not null,
  job_id text not null,
  lock_id text not null,
  org_id text not null,
  target text not null,
  PRIMARY KEY (install_id, target),
  FOREIGN KEY (install_id) REFERENCES installs(id),
  FOREIGN KEY (job_id) REFERENCES jobs(id),
  FOREIGN KEY (org_id) REFERENCES orgs(id)
);

create table terraform_states (
  content_enc bytea not null,
  created_at timestamp with time zone not null default now(),
  digest text not null,
  epoch integer not null,
  id text not null,
  install_id text not null,
  job_id text not null,
  lineage text not null,
  org_id text not null,
  sequence integer not null,
  serial bigint not null,
  size bigint not null,
  target text not null,
  version integer not null,
  UNIQUE (install_id, target, version),
  UNIQUE (job_id, epoch, sequence),
  PRIMARY KEY (id),
  FOREIGN KEY (install_id) REFERENCES installs(id),
  FOREIGN KEY (job_id) REFERENCES jobs(id),
  FOREIGN KEY (org_id) REFERENCES orgs(id)
);

create table workflows (
  app_config_id text not null,
  approve_all boolean not null default false,
  cancel_requested_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  created_by text not null,
  failure jsonb,
  finished_at timestamp with time zone,
  id text not null,
  inputs_enc bytea,
  install_id text not null,
  operation text not null,
  org_id text not null,
  params jsonb not null,
  plan_only boolean not null default false,
  reads text[],
  started_at timestamp with time zone,
  state text not null,
  waiting jsonb,
  window_override text,
  writes text[],
  PRIMARY KEY (id),
  FOREIGN KEY (app_config_id) REFERENCES app_configs(id),
  FOREIGN KEY (install_id) REFERENCES installs(id),
  FOREIGN KEY (org_id) REFERENCES orgs(id)
);
CREATE INDEX workflows_install ON public.workflows USING btree (install_id, created_at DESC);
CREATE INDEX workflows_lane ON public.workflows USING btree (install_id, created_at) WHERE (state = ANY (ARRAY['queued'::text, 'running'::text, 'awaiting_approval'::text]));
CREATE INDEX workflows_open ON public.workflows USING btree (state) WHERE (state = ANY (ARRAY['queued'::text, 'running'::text, 'awaiting_approval'::text]));
