import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ScheduledAction } from "@berth/protocol/schedules";
import { startScriptedGateway } from "@berth/testkit/scripted-gateway";
import { describe, expect, it } from "vitest";
import { startRunner } from "../testing/runner-process.ts";

/** Every minute; without a link at once. */
const env = { BERTH_OFFLINE_AFTER_SECONDS: "0" };
const ping = (command: string, action = "ping"): ScheduledAction => ({
  action,
  cron: "* * * * *",
  timeoutSeconds: 300,
  spec: { kind: "action.run", action, trigger: "cron", envVars: { WHERE: "here" }, steps: [{ name: "say", command, envVars: {} }] },
});
const kept = (dir: string): string => readFileSync(join(dir, "schedules.json"), "utf8");

describe("schedules at the runner", () => {
  it("go on while the link is down, through the runner's death, and are reported once with their own time when it is back", async () => {
    await using gateway = await startScriptedGateway();
    await using runner = await startRunner(gateway, { env });
    const flag = join(runner.dir, "go");
    const look = {
      type: "exec" as const,
      component: "api",
      name: "queue",
      timeoutSeconds: 10,
      command: ["sh", "-c", "echo full >&2; exit 4"],
    };
    const probes = { cron: "* * * * *", timeoutSeconds: 60, spec: { kind: "health.probe" as const, probes: [look] } };
    const schedules = [
      ping('echo "pinged from $WHERE"; echo up=yes >> "$NUON_ACTIONS_OUTPUT_FILEPATH"'),
      ping("echo no; exit 3", "broken"),
      ping(`until [ -e ${flag} ]; do sleep 0.1; done; echo waited`, "slow"),
    ];
    gateway.schedule(schedules, { probes });
    await expect.poll(() => runner.status().schedules.count, { timeout: 30_000 }).toBe(4);
    gateway.script.ackReports = false;
    gateway.cut();
    const offline = join(runner.dir, "offline");
    // The slow one is under way when the runner dies, and goes on.
    await expect.poll(() => runner.status().schedules.running.map(({ action }) => action), { timeout: 90_000 }).toContain("slow");
    await expect.poll(() => runner.status().schedules.waiting, { timeout: 30_000 }).toBeGreaterThanOrEqual(3);
    await runner.stop("SIGKILL");
    writeFileSync(flag, "");
    const before = gateway.hellos.length;
    gateway.script.takeLooks = false;
    gateway.restore();
    await runner.start();
    expect(gateway.hellos.length).toBeGreaterThan(before);
    // Not acknowledged: they come again over the next session, with what has ended since.
    const first = await gateway.until("what waits is reported", () => gateway.offlineRuns.size >= 2 && [...gateway.offlineRuns.keys()]);
    // A control plane that does not know looks is sent none: they wait for one that does.
    expect(gateway.offlineLooks.size).toBe(0);
    gateway.script.takeLooks = true;
    gateway.offlineRuns.clear();
    gateway.script.ackReports = true;
    await runner.stop("SIGTERM");
    await runner.start();
    const reported = await gateway.until(
      "all runs are reported",
      () => {
        const runs = [...gateway.offlineRuns.values()];
        const whole = first.every((id) => gateway.offlineRuns.has(id));
        return whole && ["ping", "broken", "slow"].every((action) => runs.some((run) => run.action === action)) && runs;
      },
      60_000,
    );
    const of = (action: string) => reported.find((run) => run.action === action);
    expect(of("ping")).toMatchObject({
      cron: "* * * * *",
      result: { outcome: "succeeded", outputs: { up: { value: "yes", sensitive: false } } },
      log: expect.stringContaining("pinged from here"),
    });
    expect(of("broken")?.result).toMatchObject({ outcome: "failed", failure: { reason: "action_failed", exitCode: 3 } });
    expect(of("slow")).toMatchObject({ result: { outcome: "succeeded" }, log: expect.stringContaining("waited") });
    expect(Date.parse(of("ping")?.dueAt ?? "") % 60_000).toBe(0);
    // What the probes saw comes with the time at which they looked.
    const [seen] = gateway.offlineLooks.values();
    expect(seen).toMatchObject({ probes: [{ component: "api", name: "queue", healthy: false, why: "exit code 4: full" }] });
    expect(Date.now() - Date.parse(seen?.at ?? "")).toBeGreaterThan(0);
    expect(new Set(reported.map(({ id }) => id)).size).toBe(reported.length);

    // Acknowledged, they are gone.
    await expect
      .poll(() => [readdirSync(join(runner.dir, "offline-reports")), readdirSync(offline)], { timeout: 30_000 })
      .toEqual([[], []]);
  }, 240_000);

  it("are not gone by where they were altered, and are dropped when the runner is sent away", async () => {
    await using gateway = await startScriptedGateway();
    await using runner = await startRunner(gateway, { env });
    gateway.schedule([ping("true")]);
    await expect.poll(() => runner.status().schedules.count, { timeout: 30_000 }).toBe(1);
    await runner.stop("SIGTERM");
    writeFileSync(join(runner.dir, "schedules.json"), kept(runner.dir).replace("true", "evil"));
    await runner.start();
    await expect.poll(() => runner.logged(), { timeout: 30_000 }).toContain("its signature is not the control plane's");
    expect(runner.status().schedules.count).toBe(0);

    gateway.schedule([ping("true")]);
    await expect.poll(() => runner.status().schedules.count, { timeout: 30_000 }).toBe(1);
    gateway.script.refuse = { code: "disabled", message: "Switched off.", fatal: true };
    gateway.send({ type: "goodbye", code: "disabled", message: "Switched off.", fatal: true });
    await expect.poll(() => runner.status().schedules.count, { timeout: 30_000 }).toBe(0);
    expect(() => kept(runner.dir)).toThrow("ENOENT");
  });
});
