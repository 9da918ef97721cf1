import { setTimeout as sleep } from "node:timers/promises";
import { sha256 } from "@berth/kit/digest";
import type { JobAssign } from "@berth/protocol/messages";
import { runnerPaths } from "@berth/protocol/runner-paths";
import { findProgram } from "@berth/testkit/programs";
import { connectScriptedRunner, newRunnerKey, type RunnerKey, type ScriptedRunner } from "@berth/testkit/scripted-runner";
import pg from "pg";
import { componentToml, createVendorApp } from "../../tests/support/vendor-app.ts";
import { syncApp } from "../../tests/support/vendor.ts";
import { atLeast, atMost, type Figure } from "./figure.ts";
import { benchGround, type BenchGround } from "./ground.ts";

/** `BERTH_BENCH_INSTALLS` makes a shorter try of it, `BERTH_BENCH_BACKENDS=redis` half of it. */
const installs = Number(process.env.BERTH_BENCH_INSTALLS ?? 1000);
const backends = (process.env.BERTH_BENCH_BACKENDS ?? "redis,postgres").split(",");
/** Ten components in four layers. */
const layers: Readonly<Record<string, readonly string[]>> = {
  a1: [],
  a2: [],
  a3: [],
  b1: ["a1"],
  b2: ["a1", "a2"],
  b3: ["a3"],
  c1: ["b1", "b2"],
  c2: ["b3"],
  d1: ["c1", "c2"],
  d2: ["c2"],
};
const seasonedInstalls = 10;
const stepsOfOne = 2 * Object.keys(layers).length;

type Load = { stepsPerSecond: number; delayMs: number; /** How long a job takes on its runner, in the middle. */ jobSeconds: number };

/**
 * A fleet that deploys ten components (four layers) to every install at once, each plan approved by itself, on scripted runners whose jobs take a while, as real ones do:
 * so long that the fleet asks for about a third more steps a second than the bar wants. Steps per second, and how long after a step's needs were met its job was with the runner.
 */
export async function measure(): Promise<Figure[]> {
  const figures: Figure[] = [];
  if (backends.includes("redis") && findProgram("redis-server"))
    figures.push(...(await measureOn("redis", { stepsPerSecond: 150, delayMs: 2000, jobSeconds: 10 })));
  else if (backends.includes("redis")) process.stderr.write("redis-server is not on PATH: workflows.redis is left out\n");
  if (backends.includes("postgres")) figures.push(...(await measureOn("postgres", { stepsPerSecond: 60, delayMs: 2000, jobSeconds: 25 })));
  return figures;
}

async function measureOn(backend: "redis" | "postgres", load: Load): Promise<Figure[]> {
  await using ground = await benchGround({ redis: backend === "redis" });
  await using app = await createVendorApp({ dir: ground.dir, out: `${ground.dir}/out` });
  await app.write(
    Object.fromEntries(
      Object.entries(layers).map(([name, needs]) => [
        `components/${name}.toml`,
        `dependencies = ${JSON.stringify(needs)}\n${componentToml(app.repo, name, "marker", { value: name, marker: "x" })}`,
      ]),
    ),
  );
  await syncApp(ground.client, "fleet", app.dir);
  const db = new pg.Client({ connectionString: ground.postgres.url() });
  await db.connect();
  try {
    const fleet = await makeFleet(ground, db);
    const runners = await connectAll(ground, fleet, load);
    // A control plane with a fleet has seen deploys before: its database knows what its tables are like.
    await deploy(ground, fleet.seasoned, 2);
    await allEnded(db);
    await db.query("vacuum analyze");
    // Started over the time that one job takes, as an operator's rollout would be.
    const began = Date.now();
    await deploy(ground, fleet.installIds, load.jobSeconds);
    await allEnded(db);
    const figures = await read(db, { backend, load, began });
    for (const runner of runners) runner.cut();
    return figures;
  } finally {
    await db.end();
  }
}

/** Starts a deploy on each of them, evenly over that time. */
async function deploy(ground: BenchGround, installIds: readonly string[], seconds: number): Promise<void> {
  const failures: unknown[] = [];
  const operation = { type: "deploy" as const, components: Object.keys(layers) };
  await Promise.all(
    installIds.map(async (installId, index) => {
      await sleep((index / installIds.length) * seconds * 1000);
      await ground.client
        .call("workflows.start", { params: { installId }, body: { operation, approveAll: true } })
        .catch((error: unknown) => failures.push(error));
    }),
  );
  if (failures.length > 0)
    throw new Error(`${failures.length} of ${installIds.length} workflows could not be started`, { cause: failures[0] });
}

type Fleet = {
  key: RunnerKey;
  /** Those that are measured. */
  installIds: string[];
  /** Others, deployed before. */
  seasoned: string[];
  runnerIds: string[];
};

/** Installs whose sandbox stands, and a runner for each that needs no enrolment. */
async function makeFleet(ground: BenchGround, db: pg.Client): Promise<Fleet> {
  const key = newRunnerKey();
  const { id: appId } = await ground.client.call("apps.get", { params: { appId: "fleet" } });
  const made = [];
  for (let index = 0; index < installs + seasonedInstalls; index++)
    made.push(
      await ground.client.call("installs.create", { body: { appId, name: `${index < installs ? "fleet" : "seasoned"}-${index}` } }),
    );
  await db.query("update runners set public_key = $1, state = 'offline'", [key.publicKey]);
  await db.query("update installs set state = 'active'");
  await db.query("insert into install_targets (install_id, org_id, target, state) select id, org_id, 'sandbox', 'active' from installs");
  const ids = made.map(({ install }) => install.id);
  return {
    key,
    installIds: ids.slice(0, installs),
    seasoned: ids.slice(installs),
    runnerIds: made.map(({ enrolment }) => enrolment.runnerId),
  };
}

async function connectAll(ground: BenchGround, fleet: Fleet, load: Load): Promise<ScriptedRunner[]> {
  const { url } = ground.controlPlane;
  const connected: ScriptedRunner[] = [];
  const connect = async (runnerId: string): Promise<ScriptedRunner> =>
    connectScriptedRunner({
      url,
      runnerId,
      privateKey: fleet.key.privateKey,
      onAssign(assign, runner) {
        runner.accept(assign);
        work(url, assign, runner, load).catch((error: unknown) => process.stderr.write(`a scripted job: ${String(error)}\n`));
      },
    });
  for (let from = 0; from < fleet.runnerIds.length; from += 50)
    connected.push(...(await Promise.all(fleet.runnerIds.slice(from, from + 50).map(connect))));
  return connected;
}

/** Does what a runner does for a job, all but the work. */
async function work(url: string, assign: JobAssign, runner: ScriptedRunner, load: Load): Promise<void> {
  await sleep((0.6 + 0.8 * Math.random()) * load.jobSeconds * 1000);
  if (assign.spec.kind !== "terraform.plan") return runner.finish(assign, { outputs: { value: { value: "done", sensitive: false } } });
  const bytes = Buffer.from(`the plan of ${assign.jobId}`);
  const digest = sha256(bytes);
  const reply = await fetch(`${url}${runnerPaths.plan(assign.jobId)}`, {
    method: "PUT",
    headers: {
      authorization: `Bearer ${runner.ready.sessionToken}`,
      "content-type": "application/octet-stream",
      "berth-epoch": String(assign.epoch),
      "berth-digest": digest,
    },
    body: bytes,
  });
  if (!reply.ok) throw new Error(`the plan was answered with ${reply.status} ${await reply.text()}`);
  runner.finish(assign, {
    plan: { digest, size: bytes.length, hasChanges: true, create: 1, update: 0, replace: 0, delete: 0, outputsChanged: [] },
  });
}

async function allEnded(db: pg.Client): Promise<void> {
  const open = async (): Promise<number> =>
    Number((await db.query<{ n: string }>("select count(*) n from workflows where finished_at is null")).rows[0]?.n);
  const giveUp = Date.now() + 20 * 60_000;
  while ((await open()) > 0) {
    if (Date.now() > giveUp) throw new Error("The fleet has not ended within 20 minutes");
    await sleep(500);
  }
}

async function read(db: pg.Client, input: { backend: string; load: Load; began: number }): Promise<Figure[]> {
  const { backend, load } = input;
  const steps = await db.query<{ done: string; jobs: string; again: string; ended: Date }>(`
    select count(*) filter (where s.state = 'succeeded') as done, count(distinct j.id) as jobs,
           count(*) filter (where j.epoch > 1) as again, max(s.finished_at) as ended
    from steps s join workflows w on w.id = s.workflow_id join installs i on i.id = w.install_id left join jobs j on j.step_id = s.id
    where i.name like 'fleet-%'`);
  const row = steps.rows[0];
  const wanted = installs * stepsOfOne;
  if (Number(row?.done) !== wanted || Number(row?.jobs) !== wanted || Number(row?.again) !== 0)
    throw new Error(`${wanted} steps were to be done once: ${row?.done} succeeded, by ${row?.jobs} jobs, ${row?.again} of them again`);
  const delays = await db.query<{ p50: number; p99: number; worst: number }>(`
    with delay as (
      select extract(epoch from j.assigned_at - coalesce(met.at, w.created_at)) * 1000 as ms
      from steps s
      join jobs j on j.id = s.job_id
      join workflows w on w.id = s.workflow_id
      join installs i on i.id = w.install_id and i.name like 'fleet-%'
      left join lateral (
        select max(n.finished_at) as at from steps n where n.workflow_id = s.workflow_id and s.needs ? n.key
      ) met on true)
    select percentile_disc(0.5) within group (order by ms) as p50, percentile_disc(0.99) within group (order by ms) as p99, max(ms) as worst from delay`);
  const seconds = ((row?.ended.getTime() ?? 0) - input.began) / 1000;
  const [delay] = delays.rows;
  return [
    atLeast(load.stepsPerSecond, { name: `workflows.${backend}.steps`, value: wanted / seconds, unit: "1/s", n: wanted }),
    atMost(load.delayMs, { name: `workflows.${backend}.p99`, value: Number(delay?.p99), unit: "ms", n: wanted }),
    { name: `workflows.${backend}.p50`, value: Number(delay?.p50), unit: "ms", n: wanted, ok: true },
  ];
}
