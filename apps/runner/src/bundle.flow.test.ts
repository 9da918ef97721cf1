import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startScriptedGateway } from "@berth/testkit/scripted-gateway";
import { addRegistry } from "@berth/testkit/scripted-registry";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startRunner } from "./testing/runner-process.ts";
import { actionSpec, applySpec, planSpec } from "./testing/specs.ts";

const elsewhere = mkdtempSync(join(tmpdir(), "berth-bundle-"));
const entry = join(elsewhere, "berth-runner.mjs");

// Away from the repository: nothing may be found in its node_modules.
beforeAll(async () => {
  const build = spawn(process.execPath, [join(import.meta.dirname, "..", "build.ts")], { stdio: "inherit" });
  expect(await once(build, "exit")).toEqual([0, null]);
  copyFileSync(join(import.meta.dirname, "..", "dist", "berth-runner.mjs"), entry);
});
afterAll(() => rmSync(elsewhere, { recursive: true, force: true }));

describe("the bundled runner", () => {
  it("enrols, runs actions and Terraform in processes of its own, from one file", async () => {
    await using gateway = await startScriptedGateway();
    const registry = addRegistry(gateway);
    await using _runner = await startRunner(gateway, { entry });
    const action = gateway.assign({ spec: actionSpec("echo hello") });
    expect(await gateway.until("the action ends", () => action.result)).toMatchObject({ outcome: "succeeded" });
    const artifact = await registry.publish({ "main.tf": 'output "o" { value = "made" }\n' });
    const spec = planSpec({ artifact });
    const plan = gateway.assign({ spec });
    const made = (await gateway.until("the plan ends", () => plan.result, 60_000)).plan;
    const apply = gateway.assign({ spec: applySpec(spec, made!) });
    expect(await gateway.until("the apply ends", () => apply.result, 60_000)).toMatchObject({
      outcome: "succeeded",
      outputs: { o: { value: "made", sensitive: false } },
    });
  });

  it("rests in less than 90 MB", { skip: process.platform !== "linux" }, async () => {
    await using gateway = await startScriptedGateway();
    await using runner = await startRunner(gateway, { entry });
    await gateway.until("some heartbeats", () => gateway.heartbeats >= 3);
    const rss = Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${runner.process.pid}/status`, "utf8"))?.[1]) / 1024;
    expect(rss).toBeGreaterThan(10);
    expect(rss).toBeLessThan(90);
  });
});
