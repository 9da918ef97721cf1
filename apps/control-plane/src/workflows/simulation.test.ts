import { isTerminalJobState } from "@berth/protocol/job-state";
import { describe, expect, it } from "vitest";
import { generate } from "./generate.ts";
import { factsOf, type SmallApp } from "./testing/arbitrary-app.ts";
import { Cloud } from "./testing/cloud.ts";
import { ControlPlaneModel } from "./testing/control-plane-model.ts";
import { createRandom, type Random } from "./testing/random.ts";
import { keyOf, RunnerModel } from "./testing/runner-model.ts";
import { Wire } from "./testing/wire.ts";
import { World } from "./testing/world.ts";

const seeds = 600;
const chaosSteps = 400;
const calmRounds = 400;
const types = ["terraform_module", "helm_chart", "container_image"] as const;

/** A control plane, a wire and a runner, all of it decided by one seed. */
function createScene(seed: number) {
  const random = createRandom(seed);
  const app = randomApp(random);
  const facts = factsOf(app, {
    types: Object.fromEntries(Object.keys(app.needs).map((name) => [name, random.pick(types) ?? "terraform_module"])),
    actions: [{ name: "smoke", triggers: [{ type: "post-provision" }, { type: "post-deploy-component", componentName: "c0" }] }],
  });
  const generated = generate({ type: "provision" }, facts, false);
  if ("refused" in generated) throw new Error(generated.refused.message);
  const world = new World(generated.steps, { planOnly: false, operation: "provision" });
  const cloud = new Cloud();
  const wire = new Wire(random);
  const scene = {
    random,
    world,
    cloud,
    wire,
    runner: new RunnerModel(wire, cloud, random),
    plane: new ControlPlaneModel(wire, world, random),
    trace: [] as string[],
  };
  return scene;
}

type Scene = ReturnType<typeof createScene>;

function randomApp(random: Random): SmallApp {
  const count = 1 + random.below(6);
  const names = Array.from({ length: count }, (_, index) => `c${index}`);
  return {
    needs: Object.fromEntries(names.map((name, index) => [name, names.slice(0, index).filter(() => random.chance(0.35))])),
    reads: {},
    sandboxReads: [],
  };
}

/** One thing that happens, and how often compared with the others. Any of them may come at any time. */
const happenings: { name: string; weight: number; happen(scene: Scene): void }[] = [
  { name: "deliver", weight: 30, happen: (scene) => deliver(scene, true) },
  { name: "advance", weight: 10, happen: (scene) => advance(scene) },
  { name: "sweep", weight: 2, happen: ({ world }) => void world.advance() },
  { name: "offer", weight: 10, happen: ({ plane }) => plane.offer() },
  { name: "work", weight: 14, happen: ({ runner }) => runner.work() },
  { name: "report", weight: 6, happen: ({ runner }) => runner.report() },
  { name: "connect", weight: 5, happen: ({ runner }) => runner.connect() },
  { name: "approve", weight: 8, happen: (scene) => approve(scene) },
  { name: "expire offer", weight: 1, happen: ({ plane }) => plane.expireOffer(true) },
  { name: "expire lease", weight: 1, happen: ({ plane }) => plane.expireLease(true) },
  { name: "pass cancels", weight: 2, happen: ({ plane }) => plane.passCancels() },
  {
    name: "cut",
    weight: 1,
    happen: ({ runner, plane }) => {
      runner.crash();
      plane.session = undefined;
    },
  },
  { name: "runner crash", weight: 1, happen: ({ runner }) => runner.crash() },
  { name: "runner reboot", weight: 0.2, happen: ({ runner }) => runner.reboot() },
  { name: "control plane crash", weight: 1, happen: ({ plane }) => plane.crash() },
  {
    name: "somebody changes a target",
    weight: 0.3,
    happen: ({ cloud, world, random }) => {
      const target = random.pick(world.steps)?.target ?? "";
      if (!cloud.applying.has(target)) cloud.serials.set(target, (cloud.serials.get(target) ?? 0) + 1);
    },
  },
  {
    name: "deny",
    weight: 0.2,
    happen: ({ world, random }) => {
      const asked = random.pick(world.pendingApprovals());
      if (asked) world.answer(asked.step, "denied");
    },
  },
  {
    name: "retry",
    weight: 2,
    happen: ({ world, random }) => {
      const failed = random.pick(world.steps.filter(({ state }) => state === "failed" || state === "denied"));
      if (failed && !world.cancelRequested && world.state !== "cancelled") world.retry(failed.id);
    },
  },
  {
    name: "skip",
    weight: 0.3,
    happen: ({ world, random }) => {
      const failed = random.pick(world.steps.filter(({ state }) => state === "failed"));
      if (failed && !world.cancelRequested && world.state !== "cancelled") world.skip(failed.id);
    },
  },
  {
    name: "approve all",
    weight: 0.2,
    happen: ({ world }) => {
      world.approveAll = true;
    },
  },
  {
    name: "cancel",
    weight: 0.05,
    happen: ({ world }) => {
      if (world.state !== "succeeded" && world.state !== "failed") world.cancelRequested = true;
    },
  },
];

const weights = happenings.reduce((sum, { weight }) => sum + weight, 0);

function deliver({ wire, runner, plane }: Scene, harsh: boolean): void {
  const message = wire.take(harsh);
  if (message?.to === "runner") runner.take(message);
  else if (message) plane.take(message, harsh);
}

function advance({ plane, world }: Scene): void {
  if (!plane.nudged) return;
  plane.nudged = false;
  world.advance();
}

function approve({ world, random }: Scene): void {
  const asked = random.pick(world.pendingApprovals());
  if (asked) world.answer(asked.step, "approved");
}

/** Throws where something is so that must never be. */
function check({ world, cloud }: Scene): void {
  const problems = [...world.broken];
  for (const [digest, times] of cloud.applied) {
    if (times > 1) problems.push(`plan ${digest} was applied ${times} times`);
    if (!world.approved.has(digest)) problems.push(`plan ${digest} was applied and nobody approved it`);
  }
  for (const [jobId, times] of cloud.executed) if (times > 1) problems.push(`job ${jobId} was executed ${times} times`);
  if (problems.length > 0) throw new Error(problems.join("; "));
}

/** From here on nothing bad happens: whatever was begun must come to its end. */
function calmDown(scene: Scene): void {
  const { world, plane, runner, wire } = scene;
  for (let round = 0; round < calmRounds; round++) {
    if (settled(scene)) return;
    // A message that was lost in the chaos is made up for by leases, resends and the sweeper.
    if (!runner.connected || plane.session !== wire.session) {
      runner.crash();
      plane.session = undefined;
      runner.connect();
    }
    while (wire.length > 0) deliver(scene, false);
    world.advance();
    for (const { step } of world.pendingApprovals()) world.answer(step, "approved");
    world.advance();
    for (let slot = 0; slot < 4; slot++) plane.offer();
    plane.passCancels();
    while (wire.length > 0) deliver(scene, false);
    for (const job of world.openJobs()) {
      const held = runner.journal.has(keyOf({ jobId: job.id, epoch: plane.epochs.get(job.id) ?? 0 }));
      if (!held && job.state === "assigned") plane.expireOffer(false);
    }
    for (let step = 0; step < 8; step++) runner.work();
    runner.report();
    while (wire.length > 0) deliver(scene, false);
    check(scene);
  }
  const open = world.openJobs().map((job) => `${job.stepKey} ${job.state}`);
  throw new Error(
    `It does not come to an end: ${world.state}, open jobs ${open.join(", ")}, held ${[...runner.journal.keys()].join(", ")}`,
  );
}

function settled({ world, runner, wire }: Scene): boolean {
  const ended = world.state === "succeeded" || world.state === "failed" || world.state === "cancelled";
  return ended && world.openJobs().length === 0 && runner.journal.size === 0 && wire.length === 0;
}

function simulate(seed: number): Scene {
  const scene = createScene(seed);
  try {
    for (let step = 0; step < chaosSteps; step++) {
      let at = scene.random.next() * weights;
      const what = happenings.find(({ weight }) => (at -= weight) < 0);
      scene.trace.push(what?.name ?? "");
      what?.happen(scene);
      check(scene);
    }
    scene.trace.push("calm");
    calmDown(scene);
    checkNothingLost(scene);
  } catch (error) {
    throw new Error(`The simulation failed with seed ${seed} after: ${scene.trace.slice(-40).join(", ")}`, { cause: error });
  }
  return scene;
}

/** At the end every job has an end, and what was done is known. */
function checkNothingLost({ world, cloud, plane, runner }: Scene): void {
  const problems = [...world.jobs.values()].flatMap((job) => {
    const attempt = keyOf({ jobId: job.id, epoch: plane.epochs.get(job.id) ?? 0 });
    const wasDone = job.repeatable ? cloud.copied.has(job.target ?? "") : cloud.applied.has(job.planDigest ?? "");
    return [
      ...(isTerminalJobState(job.state) ? [] : [`${job.id} is ${job.state} at the end`]),
      // The very result of the attempt that counts, not one of an attempt that was given up.
      ...(job.state === "succeeded" && plane.taken.get(attempt) !== runner.results.get(attempt)
        ? [`${job.id} has a result of another attempt`]
        : []),
      ...(job.state === "succeeded" && job.writes && !wasDone ? [`${job.id} succeeded and nothing was done`] : []),
    ];
  });
  if (problems.length > 0) throw new Error(problems.join("; "));
}

describe("control plane and runner, with messages lost, doubled and out of order and either of them dying at any step", () => {
  it(`do nothing twice, lose nothing and come to an end, for ${seeds} seeds`, () => {
    const ends = new Map<string, number>();
    let applied = 0;
    let copied = 0;
    for (let seed = 1; seed <= seeds; seed++) {
      const { world, cloud } = simulate(seed);
      ends.set(world.state, (ends.get(world.state) ?? 0) + 1);
      applied += cloud.applied.size;
      copied += cloud.copied.size;
    }
    // The chaos is neither so mild that all goes well nor so wild that nothing is ever done.
    expect(ends.get("succeeded")).toBeGreaterThan(seeds / 10);
    expect(ends.get("failed")).toBeGreaterThan(seeds / 50);
    expect(applied).toBeGreaterThan(seeds);
    expect(copied).toBeGreaterThan(seeds / 3);
  }, 60_000);
});
