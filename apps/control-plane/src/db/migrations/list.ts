import type { Migration } from "kysely/migration";
import * as m0001 from "./0001_init.ts";
import * as m0002 from "./0002_sync.ts";
import * as m0003 from "./0003_workflows.ts";
import * as m0004 from "./0004_registry.ts";
import * as m0005 from "./0005_build_facts.ts";
import * as m0006 from "./0006_operations.ts";
import * as m0007 from "./0007_change_control.ts";
import * as m0008 from "./0008_drift.ts";
import * as m0009 from "./0009_rollouts.ts";
import * as m0010 from "./0010_health.ts";
import * as m0011 from "./0011_drift_as_made.ts";
import * as m0012 from "./0012_secrets.ts";
import * as m0013 from "./0013_pull_credentials.ts";
import * as m0014 from "./0014_identities.ts";
import * as m0016 from "./0016_component_overrides.ts";
import * as m0017 from "./0017_probes.ts";
import * as m0018 from "./0018_stack_outputs.ts";
import * as m0019 from "./0019_offline_runs.ts";
import * as m0022 from "./0022_readiness.ts";
import * as m0024 from "./0024_indexes_of_work.ts";

/** Every migration, in order. Forward only: a published one is never edited. */
export const migrations: Record<string, Migration> = {
  "0001_init": m0001,
  "0002_sync": m0002,
  "0003_workflows": m0003,
  "0004_registry": m0004,
  "0005_build_facts": m0005,
  "0006_operations": m0006,
  "0007_change_control": m0007,
  "0008_drift": m0008,
  "0009_rollouts": m0009,
  "0010_health": m0010,
  "0011_drift_as_made": m0011,
  "0012_secrets": m0012,
  "0013_pull_credentials": m0013,
  "0014_identities": m0014,
  "0016_component_overrides": m0016,
  "0017_probes": m0017,
  "0018_stack_outputs": m0018,
  "0019_offline_runs": m0019,
  "0022_readiness": m0022,
  "0024_indexes_of_work": m0024,
};
