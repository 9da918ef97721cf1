import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { startScriptedGateway, type GatewayJob, type ScriptedGateway } from "@berth/testkit/scripted-gateway";
import { addRegistry, type ScriptedRegistry } from "@berth/testkit/scripted-registry";
import type { ArtifactRef, TerraformPlanSpec } from "@berth/protocol/job-spec";
import type { PlanSummary } from "@berth/protocol/job-result";
import { describe, expect, it } from "vitest";
import { startRunner, type TestRunner } from "../../testing/runner-process.ts";
import { applySpec, planSpec } from "../../testing/specs.ts";

type World = AsyncDisposable & { gateway: ScriptedGateway; registry: ScriptedRegistry; runner: TestRunner };

async function startWorld(env: Record<string, string> = {}): Promise<World> {
  const gateway = await startScriptedGateway();
  const registry = addRegistry(gateway);
  const runner = await startRunner(gateway, { env });
  return {
    gateway,
    registry,
    runner,
    async [Symbol.asyncDispose]() {
      await runner[Symbol.asyncDispose]();
      await gateway[Symbol.asyncDispose]();
    },
  };
}

async function plan({ gateway }: World, spec: TerraformPlanSpec, redact: string[] = []): Promise<PlanSummary> {
  const job = gateway.assign({ spec, redact });
  const result = await gateway.until("the plan is made", () => job.result, 60_000);
  if (!result.plan) throw new Error(`no plan: ${JSON.stringify(result.failure)}`);
  return result.plan;
}

const simple = `
variable "text" { type = string }
variable "list" { type = list(string) }
variable "count_" { type = number }
resource "terraform_data" "a" { input = "\${var.text} \${join("+", var.list)} \${var.count_}" }
output "a" { value = terraform_data.a.output }
output "secret" {
  value     = "hidden-\${var.text}"
  sensitive = true
}
`;

/** A resource whose creation waits for a file, so that a test can act in the middle of an apply. */
function waiting(flag: string): string {
  return `
resource "terraform_data" "first" { input = "first" }
resource "terraform_data" "slow" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" { command = "echo in the middle; while [ ! -f ${flag} ]; do sleep 0.05; done; echo past it" }
}
output "done" { value = terraform_data.slow.id }
`;
}

async function startSlowApply(world: World): Promise<{ job: GatewayJob; flag: string; artifact: ArtifactRef }> {
  const flag = join(world.runner.dir, "go");
  const artifact = await world.registry.publish({ "main.tf": waiting(flag) });
  const spec = planSpec({ artifact });
  const job = world.gateway.assign({ spec: applySpec(spec, await plan(world, spec)) });
  await world.gateway.until("the apply is in the middle", () => world.gateway.logOf(job).includes("in the middle"), 60_000);
  return { job, flag, artifact };
}

describe("terraform", () => {
  it("plans, applies exactly that plan, finds nothing more to do, changes, and destroys by a plan", async () => {
    await using world = await startWorld();
    const { gateway, registry } = world;
    const artifact = await registry.publish({ "main.tf": simple, "terraform.tfvars": 'text = "own"\n' });
    const spec = planSpec({ artifact, vars: { text: "it's $5", list: '["x","y"]', count_: 2 }, varFiles: ['{"text":"file"}'] });
    const first = await plan(world, spec);
    expect(first).toMatchObject({ hasChanges: true, create: 1, update: 0, replace: 0, delete: 0, outputsChanged: ["a", "secret"] });

    const apply = gateway.assign({ spec: applySpec(spec, first), redact: ["it's $5"] });
    const applied = await gateway.until("applied", () => apply.result, 60_000);
    expect(applied).toMatchObject({
      outcome: "succeeded",
      outputs: { a: { value: "it's $5 x+y 2", sensitive: true }, secret: { value: "hidden-it's $5", sensitive: true } },
    });
    expect(gateway.logOf(apply).toString()).not.toContain("it's $5");
    expect(apply.states.size).toBeGreaterThan(0);
    expect(gateway.locks.size).toBe(0);
    // The plan left its directory initialised; the apply did not need the artifact again.
    expect(gateway.logOf(apply).toString()).not.toContain("Initializing");

    const again = await plan(world, spec);
    expect(again).toMatchObject({ hasChanges: false, stateSerial: expect.any(Number), stateLineage: expect.any(String) });
    expect(await plan(world, { ...spec, vars: { ...spec.vars, text: "new" } })).toMatchObject({ hasChanges: true, update: 1 });

    const end = { ...spec, destroy: true };
    const gone = await plan(world, end);
    expect(gone).toMatchObject({ hasChanges: true, delete: 1 });
    const destroy = gateway.assign({ spec: applySpec(end, gone) });
    expect(await gateway.until("destroyed", () => destroy.result, 60_000)).toMatchObject({ outcome: "succeeded", outputs: {} });
    const state = JSON.parse(gateway.states.get("inl1/component:api")?.toString() ?? "{}") as { resources: unknown[] };
    expect(state.resources).toEqual([]);
  });

  it("says what Terraform says when it fails, and nothing secret", async () => {
    await using world = await startWorld();
    const artifact = await world.registry.publish({
      "main.tf":
        'variable "p" { type = string }\nresource "terraform_data" "a" {\n  provisioner "local-exec" { command = "echo using ${var.p}; exit 9" }\n}\n',
    });
    const spec = planSpec({ artifact, vars: { p: "hunter22-long" } });
    const job = world.gateway.assign({ spec: applySpec(spec, await plan(world, spec)), redact: ["hunter22-long"] });
    const result = await world.gateway.until("it fails", () => job.result, 60_000);
    expect(result).toMatchObject({ outcome: "failed", failure: { reason: "terraform_failed", exitCode: 1 } });
    expect(result.failure?.detail).toMatch(/^Error: local-exec provisioner error/);
    expect(result.failure?.detail).toContain("exit status 9");
    expect(JSON.stringify(result) + world.gateway.logOf(job).toString()).not.toContain("hunter22");
    const broken = world.gateway.assign({ spec: planSpec({ artifact: await world.registry.publish({ "main.tf": "resource {" }) }) });
    expect((await world.gateway.until("it fails", () => broken.result, 60_000)).failure?.detail).toContain("Error: ");
  });

  it("applies nothing when the plan's or the artifact's bytes are not what they were", async () => {
    await using world = await startWorld();
    const { gateway, registry } = world;
    const artifact = await registry.publish({ "main.tf": simple });
    const spec = planSpec({ artifact, vars: { text: "a", list: "[]", count_: 1 } });
    const made = await plan(world, spec);
    const planJob = [...gateway.jobs.values()][0];
    planJob?.plan?.writeUInt8(0x58, 100);
    const apply = gateway.assign({ spec: applySpec(spec, made) });
    expect(await gateway.until("refused", () => apply.result)).toMatchObject({ outcome: "failed", failure: { reason: "digest_mismatch" } });
    expect(apply.states.size).toBe(0);

    const other = await registry.publish({ "main.tf": simple, "x.txt": "x" });
    for (const bytes of registry.blobs.values()) if (bytes[0] === 0x1f) bytes.writeUInt8(bytes.readUInt8(30) ^ 1, 30);
    const job = gateway.assign({ spec: planSpec({ artifact: other }) });
    expect(await gateway.until("refused", () => job.result)).toMatchObject({ outcome: "failed", failure: { reason: "digest_mismatch" } });
  });

  it("refuses an archive that reaches out of its directory, naming the rule", async () => {
    await using world = await startWorld();
    const header = Buffer.alloc(512);
    header.write("../evil.tf", 0);
    header.write("0000644\0", 100);
    header.write("00000000004\0", 124);
    header.write("        0", 148);
    header.write("ustar\x0000", 257);
    header.write(
      `${header
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, "0")}\0 `,
      148,
    );
    const archive = gzipSync(Buffer.concat([header, Buffer.from("evil".padEnd(512, "\0")), Buffer.alloc(1024)]));
    const job = world.gateway.assign({ spec: planSpec({ artifact: await world.registry.publishArchive(archive) }) });
    const result = await world.gateway.until("refused", () => job.result);
    expect(result).toMatchObject({ outcome: "failed", failure: { reason: "archive_refused" } });
    expect(result.failure?.detail).toContain("..");
  });

  it("finds a plan stale that was overtaken", async () => {
    await using world = await startWorld();
    const artifact = await world.registry.publish({ "main.tf": simple });
    const one = planSpec({ artifact, vars: { text: "1", list: "[]", count_: 1 } });
    const two = planSpec({ artifact, vars: { text: "2", list: "[]", count_: 1 } });
    const [planOne, planTwo] = [await plan(world, one), await plan(world, two)];
    const first = world.gateway.assign({ spec: applySpec(one, planOne) });
    await world.gateway.until("applied", () => first.result?.outcome === "succeeded", 60_000);
    const late = world.gateway.assign({ spec: applySpec(two, planTwo) });
    expect(await world.gateway.until("refused", () => late.result, 60_000)).toMatchObject({
      outcome: "failed",
      failure: { reason: "plan_stale" },
    });
    expect(late.states.size).toBe(0);
    expect(world.gateway.locks.size).toBe(0);
  });

  it("says who holds the lock, and since when", async () => {
    await using world = await startWorld();
    const artifact = await world.registry.publish({ "main.tf": simple });
    const spec = planSpec({ artifact, vars: { text: "1", list: "[]", count_: 1 } });
    const made = await plan(world, spec);
    const info = { ID: "11111111-2222", Operation: "OperationTypeApply", Who: "ada@laptop", Created: "2026-01-02T03:04:05Z" };
    world.gateway.locks.set("inl1/component:api", { jobId: "another", info });
    const job = world.gateway.assign({ spec: applySpec(spec, made) });
    const result = await world.gateway.until("refused", () => job.result, 60_000);
    expect(result).toMatchObject({ outcome: "failed", failure: { reason: "state_locked" } });
    expect(result.failure?.detail).toMatch(/ada@laptop since 2026-01-02T03:04:05Z/);
    expect(world.gateway.locks.get("inl1/component:api")?.jobId).toBe("another");
  });

  it("are reported as planned only when all that people are shown has arrived", async () => {
    await using world = await startWorld();
    const { gateway, registry, runner } = world;
    const [arrives, goesOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    gateway.script.ackLogs = false;
    gateway.script.holdHttp = (_method, path) => {
      if (!path.endsWith("/plan-display")) return undefined;
      arrives.resolve();
      return goesOn.promise;
    };
    const job = gateway.assign({
      spec: planSpec({ artifact: await registry.publish({ "main.tf": simple, "t.auto.tfvars": 'text="a"\nlist=[]\ncount_=1' }) }),
    });
    await arrives.promise;
    const result = join(runner.dir, "jobs", `${job.jobId}.1`, "result.json");
    await expect.poll(() => existsSync(result), { timeout: 30_000 }).toBe(true);
    const { logBytes } = JSON.parse(readFileSync(result, "utf8")) as { logBytes: number };
    await gateway.until("the log is here", () => gateway.logBytes(job) === logBytes);
    gateway.send({ type: "log.ack", streamId: job.streamId, offset: logBytes });
    const { heartbeats } = gateway;
    await gateway.until("two heartbeats later", () => gateway.heartbeats >= heartbeats + 2);
    expect(job.finishes).toBe(0);
    goesOn.resolve();
    expect(await gateway.until("the plan is reported", () => job.result)).toMatchObject({ outcome: "succeeded" });
    expect(job.shown?.objects).not.toHaveLength(0);
  });

  it("names three ways to provide a version that is not there", async () => {
    await using world = await startWorld({ BERTH_TERRAFORM_MIRROR: "http://127.0.0.1:1" });
    const artifact = await world.registry.publish({ "main.tf": simple });
    const job = world.gateway.assign({ spec: planSpec({ artifact, terraformVersion: "0.1.2" }) });
    const result = await world.gateway.until("refused", () => job.result);
    expect(result).toMatchObject({ outcome: "failed", failure: { reason: "terraform_missing" } });
    for (const way of ["BERTH_TERRAFORM_PATH", "BERTH_TERRAFORM_MIRROR", "BERTH_TERRAFORM_ANY_VERSION"])
      expect(result.failure?.detail).toContain(way);
  });

  it("runs on, undisturbed, while its runner is killed, and the next runner reports the apply as succeeded", async () => {
    await using world = await startWorld();
    const { gateway, runner } = world;
    const { job, flag } = await startSlowApply(world);
    const before = runner.jobProcesses().map(({ pid }) => pid);
    await runner.stop("SIGKILL");
    expect(runner.jobProcesses().map(({ pid }) => pid)).toEqual(before);
    await runner.start();
    expect(gateway.hellos.at(-1)?.holding).toEqual([{ jobId: job.jobId, epoch: 1, phase: "running" }]);
    expect(runner.jobProcesses().map(({ pid }) => pid)).toEqual(before);
    writeFileSync(flag, "");
    const result = await gateway.until("the apply is reported", () => job.result, 60_000);
    expect(result).toMatchObject({ outcome: "succeeded", outputs: { done: { sensitive: false } } });
    const log = gateway.logOf(job).toString();
    expect(log.match(/in the middle/g)).toHaveLength(2);
    expect(log).toMatch(/past it[^]*Apply complete! Resources: 2 added/);
    expect(gateway.states.get("inl1/component:api")?.toString()).toContain("terraform_data");
    expect(gateway.locks.size).toBe(0);
  });

  it("ends while no runner is there, and is reported by the next one", async () => {
    await using world = await startWorld();
    const { gateway, runner } = world;
    const { job, flag } = await startSlowApply(world);
    await runner.stop("SIGKILL");
    writeFileSync(flag, "");
    await expect.poll(() => existsSync(join(runner.dir, "jobs", `${job.jobId}.1`, "result.json")), { timeout: 30_000 }).toBe(true);
    await runner.start();
    expect(await gateway.until("the apply is reported", () => job.result, 60_000)).toMatchObject({ outcome: "succeeded" });
    expect(job.states.size).toBeGreaterThan(0);
    expect(gateway.logBytes(job)).toBe(job.result?.logBytes);
  });

  it("ends while the network is cut, and its states, log and result arrive afterwards", async () => {
    await using world = await startWorld();
    const { gateway, runner } = world;
    const { job, flag } = await startSlowApply(world);
    gateway.cut();
    writeFileSync(flag, "");
    await expect.poll(() => existsSync(join(runner.dir, "jobs", `${job.jobId}.1`, "result.json")), { timeout: 30_000 }).toBe(true);
    expect(job.result).toBeUndefined();
    gateway.restore();
    expect(await gateway.until("the apply is reported", () => job.result, 60_000)).toMatchObject({ outcome: "succeeded" });
    expect(gateway.states.get("inl1/component:api")?.toString()).toContain("slow");
    expect(gateway.locks.size).toBe(0);
  });

  it("gives its state and its lock back when the job's own process is killed in the middle of an apply", async () => {
    await using world = await startWorld({ BERTH_STOP_INTERRUPT_SECONDS: "20" });
    const { gateway, runner } = world;
    const { job, artifact } = await startSlowApply(world);
    process.kill(runner.jobProcess(job.jobId).pid, "SIGKILL");
    const result = await gateway.until("the end is reported", () => job.result, 90_000);
    expect(result).toMatchObject({ outcome: "failed", failure: { reason: "internal" } });
    expect(runner.jobProcesses()).toEqual([]);
    expect(gateway.locks.size).toBe(0);
    expect(gateway.states.get("inl1/component:api")?.toString()).toContain('"first"');
    // What was made is known, so the next plan does not make it twice.
    expect(await plan(world, planSpec({ artifact }))).toMatchObject({ hasChanges: true, stateSerial: expect.any(Number) });
  });

  it("is interrupted politely by a cancel in the middle of an apply, and hands over what it has done", async () => {
    await using world = await startWorld();
    const { gateway } = world;
    const { job } = await startSlowApply(world);
    gateway.cancel(job, "cancelled by ada");
    const result = await gateway.until("the end is reported", () => job.result, 60_000);
    expect(result).toMatchObject({ outcome: "cancelled", failure: { reason: "cancelled" } });
    expect(gateway.logOf(job).toString()).toContain("Interrupt received");
    expect(gateway.states.get("inl1/component:api")?.toString()).toContain('"first"');
    expect(gateway.locks.size).toBe(0);
  });

  it("works in the same path from job to job, and leaves no plan or state there", async () => {
    await using world = await startWorld();
    const { gateway, registry, runner } = world;
    const artifact = await registry.publish({ "main.tf": 'output "cwd" { value = path.cwd }\n' });
    const spec = planSpec({ artifact });
    const first = gateway.assign({ spec: applySpec(spec, await plan(world, spec)) });
    await gateway.until("applied", () => first.result, 60_000);
    const next = await plan(world, spec);
    expect(next.hasChanges).toBe(false);
    const left = readdirSync(join(runner.dir, "work"), { recursive: true }) as string[];
    expect(left.filter((path) => /main\.tf|tfstate|tfplan/.test(path))).toEqual([]);
  });
});
