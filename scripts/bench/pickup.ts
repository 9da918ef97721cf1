import { setTimeout as sleep } from "node:timers/promises";
import { findProgram } from "@berth/testkit/programs";
import pg from "pg";
import { atMost, percentile, type Figure } from "./figure.ts";
import { benchGround, emptyAction, runEnded } from "./ground.ts";

const runs = 300;
const warmUp = 10;

/** POST of an action run until the runner has accepted its job, one at a time on an idle system. */
export async function measure(): Promise<Figure[]> {
  const figures: Figure[] = [];
  if (findProgram("redis-server")) figures.push(...(await measureOn("redis", { p50: 15, p99: 100 })));
  else process.stderr.write("redis-server is not on PATH: pickup.redis is left out\n");
  figures.push(...(await measureOn("postgres", { p50: 30, p99: 250 })));
  return figures;
}

async function measureOn(backend: "redis" | "postgres", bars: { p50: number; p99: number }): Promise<Figure[]> {
  await using ground = await benchGround({ redis: backend === "redis" });
  const { installId } = await ground.install({ app: emptyAction });
  const db = new pg.Client({ connectionString: ground.postgres.url() });
  await db.connect();
  const samples: number[] = [];
  try {
    for (let index = 0; index < runs + warmUp; index++) {
      const posted = performance.timeOrigin + performance.now();
      const run = await ground.client.call("actions.run", { params: { installId, action: "empty" }, body: {} });
      // Asking at once would take the control plane's time from what is measured.
      await sleep(100);
      const { jobId } = await runEnded(ground.client, run.id);
      const row = await db.query<{ at: number }>("select extract(epoch from accepted_at) * 1000 as at from jobs where id = $1", [jobId]);
      // Idle again: the runner has made itself a spare process.
      await sleep(200);
      if (index >= warmUp) samples.push(Number(row.rows[0]?.at) - posted);
    }
  } finally {
    await db.end();
  }
  const common = { unit: "ms", n: samples.length } as const;
  return [
    atMost(bars.p50, { name: `pickup.${backend}.p50`, value: percentile(samples, 0.5), ...common }),
    atMost(bars.p99, { name: `pickup.${backend}.p99`, value: percentile(samples, 0.99), ...common }),
  ];
}
