import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startScriptedGateway } from "@berth/testkit/scripted-gateway";
import { addRegistry } from "@berth/testkit/scripted-registry";
import { describe, expect, it } from "vitest";
import { startRunner } from "../testing/runner-process.ts";
import { actionSpec } from "../testing/specs.ts";

const waitFor = (flag: string): string => `while [ ! -f ${flag} ]; do sleep 0.05; done`;

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("jobs", () => {
  it("run an action's steps in order, with outputs, secrets kept out of the log and nothing of the runner's own in sight", async () => {
    await using gateway = await startScriptedGateway();
    const registry = addRegistry(gateway);
    await using runner = await startRunner(gateway, { env: { RUNNER_PRIVATE: "mine", BERTH_PASS_ENV: "EXTRA", EXTRA: "seen" } });
    const source = await registry.publish({ "bin/run.sh": "#!/bin/sh\necho from the repo: $1 $STEP_VAR\n", "data.txt": "data" });
    const spec = actionSpec(
      'echo "password is hunter22-long"; echo "URL=http://x" > "$NUON_ACTIONS_OUTPUT_FILEPATH"; echo "PASS=hunter22-long" >> $BERTH_ACTIONS_OUTPUT_FILEPATH',
      '#!/usr/bin/env sh\necho "{\\"count\\": 3}" > $BERTH_ACTIONS_OUTPUT_FILEPATH; echo "private:$RUNNER_PRIVATE extra:$EXTRA token:$BERTH_ENROLL_TOKEN"; echo "$BERTH_INSTALL_ID $NUON_TRIGGER_TYPE $TRIGGER_TYPE"',
    );
    spec.steps.push({ name: "repo", command: "bin/run.sh 'an arg' && cat data.txt", envVars: { STEP_VAR: "from-step" }, source });
    const job = gateway.assign({ spec, redact: ["hunter22-long"] });
    const result = await gateway.until("the job ends", () => job.result);
    const log = gateway.logOf(job).toString();
    expect(result).toMatchObject({
      outcome: "succeeded",
      outputs: {
        URL: { value: "http://x", sensitive: false },
        PASS: { value: "hunter22-long", sensitive: true },
        count: { value: 3, sensitive: false },
      },
      steps: [
        { name: "step1", exitCode: 0, outputs: { URL: "http://x" } },
        { name: "step2", exitCode: 0, outputs: { count: 3 } },
        { name: "repo", exitCode: 0 },
      ],
      logBytes: gateway.logBytes(job),
    });
    expect(log).toContain("password is [redacted]");
    expect(log).toContain("private: extra:seen token:\n");
    expect(log).toContain("inl1 manual manual");
    expect(log).toContain("from the repo: an arg from-step\ndata");
    expect(log).not.toContain("hunter22");
    // Nothing is left of it, least of all its secrets.
    await expect.poll(() => readdirSync(join(runner.dir, "jobs"))).toEqual([]);
  });

  it("tell why a step failed, and do not run the next one", async () => {
    await using gateway = await startScriptedGateway();
    await using _runner = await startRunner(gateway);
    const failing = gateway.assign({ spec: actionSpec("echo hunter22-long >&2; exit 7", "echo never") });
    const listing = gateway.assign({ spec: actionSpec('echo "[1]" > $BERTH_ACTIONS_OUTPUT_FILEPATH') });
    expect(await gateway.until("the job ends", () => failing.result)).toMatchObject({
      outcome: "failed",
      failure: { reason: "action_failed", exitCode: 7 },
      steps: [{ name: "step1", exitCode: 7 }],
    });
    expect(gateway.logOf(failing).toString()).not.toContain("never");
    expect(await gateway.until("the other ends", () => listing.result)).toMatchObject({
      outcome: "failed",
      failure: { reason: "outputs_invalid" },
    });
  });

  it("take over the process of the job before, which is warm; one that has died is replaced", async () => {
    await using gateway = await startScriptedGateway();
    await using _runner = await startRunner(gateway);
    const runOne = async (script: string): Promise<{ outcome: string; log: string }> => {
      const job = gateway.assign({ spec: actionSpec(script) });
      const { outcome } = await gateway.until("the job ends", () => job.result);
      return { outcome, log: gateway.logOf(job).toString().trim() };
    };
    const first = await runOne("echo $PPID");
    const second = await runOne("echo $PPID");
    expect(second).toEqual({ outcome: "succeeded", log: first.log });
    process.kill(Number(first.log), "SIGKILL");
    await expect.poll(() => isRunning(Number(first.log))).toBe(false);
    const third = await runOne("echo $PPID");
    expect(third.outcome).toBe("succeeded");
    expect(third.log).not.toBe(first.log);
  });

  it("are begun by another process where the one that they were handed to dies before it has", async () => {
    await using gateway = await startScriptedGateway();
    await using runner = await startRunner(gateway);
    const first = gateway.assign({ spec: actionSpec("echo $PPID") });
    await gateway.until("the first ends", () => first.result);
    const warm = Number(gateway.logOf(first).toString());
    process.kill(warm, "SIGSTOP");
    const second = gateway.assign({ spec: actionSpec("echo $PPID") });
    await expect.poll(() => existsSync(join(runner.dir, "jobs", `${second.jobId}.1`, "process.log"))).toBe(true);
    process.kill(warm, "SIGKILL");
    expect(await gateway.until("the second ends", () => second.result)).toMatchObject({ outcome: "succeeded" });
    expect(Number(gateway.logOf(second).toString())).not.toBe(warm);
  });

  it("answer a repeated assignment with accept, and run once", async () => {
    await using gateway = await startScriptedGateway();
    await using runner = await startRunner(gateway);
    const marks = join(runner.dir, "marks");
    const flag = join(runner.dir, "go");
    const job = gateway.assign({ spec: actionSpec(`echo run >> ${marks}; ${waitFor(flag)}; wc -l < ${marks}`) });
    for (let repeat = 0; repeat < 3; repeat++) gateway.send(job.assign);
    await gateway.until("all are accepted", () => gateway.received.filter(({ type }) => type === "job.accept").length === 4);
    writeFileSync(flag, "");
    await gateway.until("the job ends", () => job.result);
    expect(gateway.logOf(job).toString().trim()).toBe("1");
  });

  it("are refused beyond the slots, and when they cannot be read", async () => {
    await using gateway = await startScriptedGateway();
    await using runner = await startRunner(gateway, { env: { BERTH_SLOTS: "1" } });
    const flag = join(runner.dir, "go");
    const first = gateway.assign({ spec: actionSpec(waitFor(flag)) });
    await gateway.until("slots are reported", () =>
      gateway.received.some((message) => message.type === "heartbeat" && message.freeSlots === 0),
    );
    const second = gateway.assign({ spec: actionSpec("true") });
    expect(await gateway.until("rejected", () => second.rejected)).toBe("no_free_slot");
    const unknown = { ...second.assign, jobId: "jobunknown", spec: { kind: "boat.sail" } } as unknown as typeof second.assign;
    gateway.send(unknown);
    await gateway.until("rejected", () =>
      gateway.received.find(
        (message) => message.type === "job.reject" && message.jobId === "jobunknown" && message.reason === "unknown_kind",
      ),
    );
    writeFileSync(flag, "");
    await gateway.until("the first ends", () => first.result);
  });

  it("are refused while the disk is nearly full, and the status says so", async () => {
    await using gateway = await startScriptedGateway();
    await using runner = await startRunner(gateway, { env: { BERTH_MIN_FREE_MB: "900000000" } });
    const job = gateway.assign({ spec: actionSpec("true") });
    expect(await gateway.until("rejected", () => job.rejected)).toContain("disk_nearly_full");
    expect(runner.status()).toMatchObject({ freeSlots: 0, obstacle: expect.stringContaining("disk_nearly_full") });
  });

  it("stop politely when cancelled, and report it", async () => {
    await using gateway = await startScriptedGateway();
    await using runner = await startRunner(gateway);
    const job = gateway.assign({ spec: actionSpec("trap 'echo got INT; exit 3' INT\necho ready\nwhile :; do sleep 0.05; done") });
    await gateway.until("it runs", () => gateway.logOf(job).includes("ready"));
    gateway.cancel(job, "cancelled by ada");
    const result = await gateway.until("the job ends", () => job.result);
    expect(result).toMatchObject({ outcome: "cancelled", failure: { reason: "cancelled", exitCode: 3 } });
    expect(result.failure?.detail).toContain("cancelled by ada");
    expect(gateway.logOf(job).toString()).toContain("got INT");
    await expect.poll(() => runner.jobProcesses()).toEqual([]);
  });

  it("are killed, with everything they started, when they do not listen", async () => {
    await using gateway = await startScriptedGateway();
    await using _runner = await startRunner(gateway, { env: { BERTH_STOP_INTERRUPT_SECONDS: "0.2", BERTH_STOP_TERMINATE_SECONDS: "0.2" } });
    const job = gateway.assign({
      spec: actionSpec(
        "trap 'echo INT' INT; trap 'echo TERM' TERM; (trap '' INT TERM; while :; do sleep 0.05; done) & echo ready; while :; do sleep 0.05; done",
      ),
    });
    await gateway.until("it runs", () => gateway.logOf(job).includes("ready"));
    gateway.cancel(job);
    expect(await gateway.until("the job ends", () => job.result)).toMatchObject({ outcome: "cancelled", failure: { signal: "SIGKILL" } });
    expect(gateway.logOf(job).toString()).toMatch(/INT[^]*TERM/);
  });

  it("end when their time is over", async () => {
    await using gateway = await startScriptedGateway();
    await using _runner = await startRunner(gateway);
    const job = gateway.assign({ spec: actionSpec("sleep 60"), timeoutSeconds: 1 });
    expect(await gateway.until("the job ends", () => job.result)).toMatchObject({ outcome: "timed_out", failure: { reason: "timed_out" } });
  });

  it("end with their script, whatever it has left running in the background", async () => {
    await using gateway = await startScriptedGateway();
    await using _runner = await startRunner(gateway);
    const job = gateway.assign({ spec: actionSpec("sleep 600 & echo left") });
    expect(await gateway.until("the job ends", () => job.result)).toMatchObject({ outcome: "succeeded" });
    expect(gateway.logOf(job).toString()).toBe("left\n");
  });

  it("are waited for when the runner is drained; then it exits 0", async () => {
    await using gateway = await startScriptedGateway();
    await using runner = await startRunner(gateway);
    const flag = join(runner.dir, "go");
    const job = gateway.assign({ spec: actionSpec(waitFor(flag)) });
    await gateway.until("accepted", () => job.acceptedAt);
    const exit = runner.stop("SIGTERM");
    await gateway.until("draining is told", () => gateway.received.some((message) => message.type === "heartbeat" && message.draining));
    const late = gateway.assign({ spec: actionSpec("true") });
    expect(await gateway.until("rejected", () => late.rejected)).toBe("draining");
    writeFileSync(flag, "");
    expect(await exit).toBe(0);
    expect(job.result).toMatchObject({ outcome: "succeeded" });
  });

  it("go on when the runner leaves at once, and are reported by the next one", async () => {
    await using gateway = await startScriptedGateway();
    await using runner = await startRunner(gateway);
    const flag = join(runner.dir, "go");
    const job = gateway.assign({ spec: actionSpec(`echo before; ${waitFor(flag)}; echo after`) });
    await gateway.until("it runs", () => gateway.logOf(job).includes("before"));
    runner.process.kill("SIGTERM");
    await gateway.until("draining is told", () => gateway.received.some((message) => message.type === "heartbeat" && message.draining));
    expect(await runner.stop("SIGTERM")).toBe(0);
    expect(runner.jobProcesses().length).toBeGreaterThan(0);
    writeFileSync(flag, "");
    await expect.poll(() => existsSync(join(runner.dir, "jobs", `${job.jobId}.1`, "result.json")), { timeout: 20_000 }).toBe(true);
    await runner.start();
    await gateway.until("the job is reported", () => job.result);
    expect(gateway.logOf(job).toString()).toBe("before\nafter\n");
  });

  it("that the control plane no longer wants are stopped and dropped, unreported", async () => {
    await using gateway = await startScriptedGateway();
    await using runner = await startRunner(gateway);
    const job = gateway.assign({ spec: actionSpec("echo ready; while :; do sleep 0.05; done") });
    await gateway.until("it runs", () => gateway.logOf(job).includes("ready"));
    job.epoch = 2;
    gateway.cut();
    gateway.restore();
    await gateway.until("a second session", () => gateway.hellos.length === 2);
    await expect.poll(() => readdirSync(join(runner.dir, "jobs")), { timeout: 20_000 }).toEqual([]);
    expect(job.finishes).toBe(0);
    await expect.poll(() => runner.jobProcesses()).toEqual([]);
  });

  it("whose process is killed are reported as failed, with what it left running stopped", async () => {
    await using gateway = await startScriptedGateway();
    await using runner = await startRunner(gateway, { env: { BERTH_STOP_INTERRUPT_SECONDS: "1" } });
    const job = gateway.assign({ spec: actionSpec("echo ready; while :; do sleep 0.05; done") });
    await gateway.until("it runs", () => gateway.logOf(job).includes("ready"));
    process.kill(runner.jobProcess(job.jobId).pid, "SIGKILL");
    expect(await gateway.until("the job is reported", () => job.result)).toMatchObject({
      outcome: "failed",
      failure: { reason: "internal" },
    });
    await expect.poll(() => runner.jobProcesses()).toEqual([]);
  });
});
