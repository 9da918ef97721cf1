import pg from "pg";
import { atMost, percentile, type Figure } from "./figure.ts";
import { benchGround } from "./ground.ts";

const installs = 1000;
/** A component that changes ten times a day is a sick one: most change a few times a month. */
const changesPerDay = 10;
const days = 365;
const queries = 100;

/**
 * A year of one check a minute over 1,000 installs, as it is kept: one row per stretch of time with one verdict. How large the table is with its index, and how long a question for
 * 30 days of uptime takes.
 */
export async function measure(): Promise<Figure[]> {
  await using ground = await benchGround();
  const db = new pg.Client({ connectionString: ground.postgres.url() });
  await db.connect();
  try {
    const org = await db.query<{ id: string }>("select id from orgs limit 1");
    await db.query(
      `insert into health_segments (install_id, org_id, component, verdict, from_at, to_at)
       select 'inl' || lpad(i::text, 22, '0'), $1, 'component-of-the-app', (array['healthy', 'unhealthy'])[1 + n % 2], t, t + $4::interval
       from generate_series(0, $2 - 1) as n, generate_series(1, $3) as i, lateral (select now() - '365 days'::interval + n * $4::interval as t) at`,
      [org.rows[0]?.id, changesPerDay * days, installs, `${86_400 / changesPerDay} seconds`],
    );
    await db.query("vacuum analyze health_segments");
    const size = await db.query<{ bytes: string }>("select pg_total_relation_size('health_segments') as bytes");
    const samples: number[] = [];
    for (let index = 0; index < queries; index++) {
      const began = performance.now();
      await db.query(
        `select verdict, sum(extract(epoch from least(to_at, now()) - greatest(from_at, now() - '30 days'::interval)))::float8 as seconds
         from health_segments where install_id = $1 and component = 'component-of-the-app' and org_id = $2 and to_at > now() - '30 days'::interval and from_at < now()
         group by verdict`,
        [`inl${String(1 + index * 7).padStart(22, "0")}`, org.rows[0]?.id],
      );
      samples.push(performance.now() - began);
    }
    return [
      atMost(5000, { name: "health.year", value: Number(size.rows[0]?.bytes) / 1e6, unit: "MB", n: installs * changesPerDay * days }),
      atMost(100, { name: "health.uptime.p99", value: percentile(samples, 0.99), unit: "ms", n: queries }),
    ];
  } finally {
    await db.end();
  }
}
