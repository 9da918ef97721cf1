import { openJobStates } from "@berth/protocol/job-state";
import { sql } from "kysely";
import { Gauge, type Registry } from "prom-client";
import type { Db } from "../db/client.ts";

/** Adds gauges that are read from the database at every scrape: what is open, and how long the oldest has waited. All by partial indexes. */
export function watchDatabase(input: { registry: Registry; db: Db }): void {
  const { registry, db } = input;
  for (const { name, help, states, count } of tables) {
    const gauge: Gauge<"state"> = new Gauge({
      name,
      help,
      labelNames: ["state"],
      registers: [registry],
      async collect() {
        const found = new Map((await count(db, states)).map((row) => [row.state, Number(row.count)]));
        for (const state of states) gauge.set({ state }, found.get(state) ?? 0);
      },
    });
  }
  const sessions: Gauge = new Gauge({
    name: "berth_runner_sessions",
    help: "Runners connected, on all replicas",
    registers: [registry],
    async collect() {
      const row = await db
        .selectFrom("runner_sessions")
        .select((eb) => eb.fn.countAll<number>().as("count"))
        .where("closed_at", "is", null)
        .executeTakeFirstOrThrow();
      sessions.set(row.count);
    },
  });
  const lag: Gauge<"queue"> = new Gauge({
    name: "berth_queue_oldest_seconds",
    help: "Age of the oldest row that nobody has taken yet; jobs count only where their runner is online",
    labelNames: ["queue"],
    registers: [registry],
    async collect() {
      const { rows } = await sql<{ jobs: number; builds: number; workflows: number }>`
        select
          coalesce((select extract(epoch from now() - min(j.created_at)) from jobs j join runners r on r.id = j.runner_id
            where j.state = 'queued' and r.state = 'online'), 0)::float8 as jobs,
          coalesce((select extract(epoch from now() - min(created_at)) from builds where state = 'queued'), 0)::float8 as builds,
          coalesce((select extract(epoch from now() - min(created_at)) from workflows where state = 'queued'), 0)::float8 as workflows`.execute(
        db,
      );
      for (const [queue, age] of Object.entries(rows[0] ?? {})) lag.set({ queue }, Math.max(0, age));
    },
  });
}

type Counted = { state: string; count: number }[];
type Table = { name: string; help: string; states: string[]; count: (db: Db, states: string[]) => Promise<Counted> };

const tables: Table[] = [
  {
    name: "berth_jobs",
    help: "Jobs that have not ended",
    states: [...openJobStates],
    count: (db, states) => countByState(db, "jobs", states),
  },
  {
    name: "berth_workflows",
    help: "Workflows that have not ended",
    states: ["queued", "running", "awaiting_approval"],
    count: (db, states) => countByState(db, "workflows", states),
  },
  {
    name: "berth_builds",
    help: "Builds that have not ended",
    states: ["queued", "running"],
    count: (db, states) => countByState(db, "builds", states),
  },
  {
    name: "berth_approvals",
    help: "Plans that wait for a decision",
    states: ["pending"],
    count: (db, states) => countByState(db, "approvals", states),
  },
];

async function countByState(db: Db, table: "jobs" | "workflows" | "builds" | "approvals", states: string[]): Promise<Counted> {
  const { rows } = await sql<{ state: string; count: number }>`
    select state, count(*) as count from ${sql.table(table)} where state in (${sql.join(states.map((state) => sql.lit(state)))}) group by state`.execute(
    db,
  );
  return rows;
}
