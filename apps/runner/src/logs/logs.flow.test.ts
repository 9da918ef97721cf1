import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startScriptedGateway } from "@berth/testkit/scripted-gateway";
import { describe, expect, it } from "vitest";
import { startRunner } from "../testing/runner-process.ts";
import { actionSpec } from "../testing/specs.ts";

const script = (body: string): string => `#!${process.execPath}\n${body}`;
const mega = 1024 * 1024;

describe("logs", () => {
  it("of 100 MB arrive whole, in order and with bounded memory", async () => {
    await using gateway = await startScriptedGateway({ keepLogs: false });
    await using runner = await startRunner(gateway);
    const body = `const { writeSync } = require("node:fs");
      const chunk = Buffer.from("0123456789 abcdefghijklmnopqrstuvwxyz, hunter2\\n".repeat(1400));
      for (let sent = 0; sent < 100 * ${mega}; sent += chunk.length) for (let at = 0; at < chunk.length; ) {
        try { at += writeSync(1, chunk, at); } catch (error) { if (error.code !== "EAGAIN") throw error; }
      }`;
    const job = gateway.assign({ spec: actionSpec(script(body)), redact: ["hunter22-long", "another-secret"] });
    const result = await gateway.until("the job ends", () => job.result, 120_000);
    expect(result.logBytes).toBeGreaterThanOrEqual(100 * mega);
    expect(gateway.logBytes(job)).toBe(result.logBytes);
    const rss = Number(/VmHWM:\s+(\d+)/.exec(readStatus(runner.process.pid))?.[1]) / 1024;
    expect(rss).toBeLessThan(250);
  });

  it("with a line of 10 MB and bytes that are no text arrive as they were", async () => {
    await using gateway = await startScriptedGateway();
    await using _runner = await startRunner(gateway);
    const body = `process.stdout.write("x".repeat(10 * ${mega}) + "\\n");
      process.stdout.write(Buffer.from(Array.from({ length: 65536 }, (_, index) => index & 255)));`;
    const job = gateway.assign({ spec: actionSpec(script(body)), redact: ["hunter22-long"] });
    await gateway.until("the job ends", () => job.result, 60_000);
    const expected = createHash("sha256")
      .update("x".repeat(10 * mega) + "\n")
      .update(Buffer.from(Array.from({ length: 65_536 }, (_, index) => index & 255)))
      .digest("hex");
    expect(createHash("sha256").update(gateway.logOf(job)).digest("hex")).toBe(expected);
  });

  it("are cut at their limit, visibly, and the job goes on", async () => {
    await using gateway = await startScriptedGateway();
    await using _runner = await startRunner(gateway, { env: { BERTH_LOG_CAP_MB: "0.01" } });
    const job = gateway.assign({ spec: actionSpec(script(`process.stdout.write("line\\n".repeat(100_000)); console.log("end");`)) });
    expect(await gateway.until("the job ends", () => job.result)).toMatchObject({ outcome: "succeeded" });
    const log = gateway.logOf(job).toString();
    expect(log.length).toBeLessThan(11_000);
    expect(log).toMatch(/\[berth\] The log ends here: it has reached its limit of 10486 bytes\. The job goes on\.\n$/);
  });

  it("lose and repeat nothing when the connection is cut again and again", async () => {
    await using gateway = await startScriptedGateway();
    await using runner = await startRunner(gateway);
    const flag = join(runner.dir, "go");
    const body = `const { existsSync } = require("node:fs");
      let n = 0;
      const timer = setInterval(() => {
        for (let row = 0; row < 200; row++) console.log("line " + n++ + " " + "y".repeat(100));
        if (existsSync(${JSON.stringify(flag)})) { clearInterval(timer); console.log("end"); }
      }, 5);`;
    const job = gateway.assign({ spec: actionSpec(script(body)) });
    for (let round = 1; round <= 4; round++) {
      const before = gateway.logBytes(job);
      await gateway.until("more of the log", () => gateway.logBytes(job) > before + 100_000);
      gateway.cut();
      gateway.restore();
      await gateway.until("another session", () => gateway.hellos.length > round);
    }
    writeFileSync(flag, "");
    const result = await gateway.until("the job ends", () => job.result);
    const lines = gateway.logOf(job).toString().trimEnd().split("\n");
    expect(gateway.logBytes(job)).toBe(result.logBytes);
    expect(lines.pop()).toBe("end");
    expect(lines.every((line, index) => line.startsWith(`line ${index} `))).toBe(true);
  });

  it("are sent again from where the control plane says it stands", async () => {
    await using gateway = await startScriptedGateway();
    await using runner = await startRunner(gateway);
    const flag = join(runner.dir, "go");
    gateway.script.dropChunks = 3;
    const job = gateway.assign({
      spec: actionSpec(`for i in 1 2 3 4 5 6; do echo part $i; sleep 0.05; done; while [ ! -f ${flag} ]; do sleep 0.05; done`),
    });
    await gateway.until("what was dropped came again", () => gateway.logOf(job).includes("part 6"));
    writeFileSync(flag, "");
    await gateway.until("the job ends", () => job.result);
    expect(gateway.logOf(job).toString()).toBe("part 1\npart 2\npart 3\npart 4\npart 5\npart 6\n");
  });
});

function readStatus(pid: number | undefined): string {
  return process.platform === "linux" ? readFileSync(`/proc/${pid}/status`, "utf8") : "VmHWM: 0";
}
