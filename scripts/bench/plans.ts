import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { sha256 } from "@berth/kit/digest";
import { encodePlan } from "@berth/plan/encode";
import { planHeader } from "@berth/plan/header";
import type { PlanObject } from "@berth/plan/model";
import type { JobAssign } from "@berth/protocol/messages";
import { runnerPaths } from "@berth/protocol/runner-paths";
import { connectScriptedRunner, newRunnerKey, type ScriptedRunner } from "@berth/testkit/scripted-runner";
import pg from "pg";
import { createVendorApp } from "../../tests/support/vendor-app.ts";
import { syncApp } from "../../tests/support/vendor.ts";
import { root } from "../run-step.ts";
import { percentile, type Figure } from "./figure.ts";
import { benchGround, type BenchGround } from "./ground.ts";
import { residentMegabytes } from "./idle.ts";

const objects = 20_000;
const rounds = 5;
const run = promisify(execFile);

type Shown = { gzip: Buffer; digest: string };

/** A plan of some tens of megabytes on its way: made on the runner, taken in by the control plane, and printed by the CLI, folded and whole. */
export async function measure(): Promise<Figure[]> {
  const plan = largePlan();
  const megabytes = plan.reduce((sum, object) => sum + JSON.stringify(object).length + 1, 0) / 1e6;
  const encoding: number[] = [];
  let shown: Shown = { gzip: Buffer.alloc(0), digest: "" };
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    shown = await encodePlan({ header: planHeader({ kind: "terraform", objects: plan }), objects: plan });
    encoding.push((performance.now() - began) / 1000);
  }

  await using ground = await benchGround();
  await using app = await createVendorApp({ dir: ground.dir, out: `${ground.dir}/out` });
  await syncApp(ground.client, "large", app.dir);
  const before = await residentMegabytes(ground.controlPlane.pid);
  const { workflowId, uploadSeconds } = await planned(ground, shown);
  const seconds = { folded: [] as number[], full: [] as number[] };
  let largest = 0;
  for (let round = 0; round < rounds; round++) {
    seconds.folded.push(await printed(ground, [workflowId]));
    seconds.full.push(await printed(ground, [workflowId, "--full"]));
    largest = Math.max(largest, await residentMegabytes(ground.controlPlane.pid));
  }
  const figure = (name: string, unit: Figure["unit"], value: number, n = rounds): Figure => ({ name, value, unit, n, ok: true });
  return [
    figure("plans.size", "MB", megabytes, 1),
    figure("plans.compressed", "MB", shown.gzip.length / 1e6, 1),
    figure("plans.made", "s", percentile(encoding, 0.5)),
    figure("plans.taken-in", "s", uploadSeconds, 1),
    figure("plans.printed", "s", percentile(seconds.folded, 0.5)),
    figure("plans.printed.full", "s", percentile(seconds.full, 0.5)),
    figure("plans.memory", "MB", largest - before),
  ];
}

/** Objects of about two kilobytes, of which two fields change: hardly any text repeats, as in manifests with certificates in them. */
function largePlan(): PlanObject[] {
  return Array.from({ length: objects }, (_, index): PlanObject => {
    const text = (part: string): string => createHash("sha512").update(`${index}${part}`).digest("base64").repeat(4);
    const before = { name: `object-${index}`, size: index, data: text("data"), tags: { owner: text("owner"), team: `team-${index % 7}` } };
    return {
      address: `terraform_data.object["${index}"]`,
      group: "objects",
      action: "update",
      type: "terraform_data",
      before,
      after: { ...before, size: index + 1, tags: { ...before.tags, team: "another" } },
    };
  });
}

/** Has one plan wait for approval whose display is that one. */
async function planned(ground: BenchGround, shown: Shown): Promise<{ workflowId: string; uploadSeconds: number }> {
  const { client, controlPlane } = ground;
  const { id: appId } = await client.call("apps.get", { params: { appId: "large" } });
  const { install, enrolment } = await client.call("installs.create", { body: { appId, name: "large" } });
  const key = newRunnerKey();
  const db = new pg.Client({ connectionString: ground.postgres.url() });
  await db.connect();
  await db.query("update runners set public_key = $1, state = 'offline'", [key.publicKey]);
  await db.end();
  const delivered = Promise.withResolvers<number>();
  const runner = await connectScriptedRunner({
    url: controlPlane.url,
    runnerId: enrolment.runnerId,
    privateKey: key.privateKey,
    onAssign(assign, to) {
      to.accept(assign);
      deliver(controlPlane.url, { assign, runner: to, shown }).then(delivered.resolve, delivered.reject);
    },
  });
  const { id: workflowId } = await client.call("workflows.start", {
    params: { installId: install.id },
    body: { operation: { type: "provision" } },
  });
  const uploadSeconds = await delivered.promise;
  const waits = async (): Promise<boolean> =>
    (await client.call("workflows.get", { params: { workflowId } })).steps.some(({ state }) => state === "awaiting_approval");
  while (!(await waits())) await sleep(20);
  runner.cut();
  return { workflowId, uploadSeconds };
}

/** Delivers a plan and what it shows. @returns how many seconds the latter took */
async function deliver(
  url: string,
  { assign, runner, shown }: { assign: JobAssign; runner: ScriptedRunner; shown: Shown },
): Promise<number> {
  const bytes = Buffer.from("the plan");
  const put = async (path: string, body: Buffer, headers: Record<string, string>): Promise<void> => {
    const reply = await fetch(`${url}${path}`, {
      method: "PUT",
      headers: {
        authorization: `Bearer ${runner.ready.sessionToken}`,
        "content-type": "application/octet-stream",
        "berth-epoch": String(assign.epoch),
        ...headers,
      },
      body: new Uint8Array(body),
    });
    if (!reply.ok) throw new Error(`${path} was answered with ${reply.status} ${await reply.text()}`);
  };
  const digest = sha256(bytes);
  await put(runnerPaths.plan(assign.jobId), bytes, { "berth-digest": digest });
  const began = performance.now();
  await put(runnerPaths.planDisplay(assign.jobId), shown.gzip, { "berth-digest": shown.digest, "content-encoding": "gzip" });
  const seconds = (performance.now() - began) / 1000;
  runner.finish(assign, {
    plan: { digest, size: bytes.length, hasChanges: true, create: 0, update: objects, replace: 0, delete: 0, outputsChanged: [] },
  });
  return seconds;
}

/** Prints a plan as a person would have it printed. @returns how many seconds that took, the start of the program with it */
async function printed(ground: BenchGround, args: readonly string[]): Promise<number> {
  const { url, token } = ground.controlPlane;
  const began = performance.now();
  const { stdout } = await run(process.execPath, [join(root, "apps/cli/src/main.ts"), "workflows", "plan", ...args], {
    env: { ...process.env, BERTH_URL: url, BERTH_TOKEN: token },
    maxBuffer: 1e9,
  });
  if (!stdout.includes(`object["${objects - 1}"]`)) throw new Error("The plan was not printed to its end");
  return (performance.now() - began) / 1000;
}
