import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { atMost, percentile, type Figure } from "./figure.ts";
import { benchGround, emptyAction } from "./ground.ts";

const samples = 10;

/** Resident memory of a runner and of a control plane with all roles (PostgreSQL apart), connected to each other and idle. */
export async function measure(): Promise<Figure[]> {
  await using ground = await benchGround();
  const { runner } = await ground.install({ app: emptyAction });
  await sleep(10_000);
  const runnerSizes: number[] = [];
  const controlPlaneSizes: number[] = [];
  for (let index = 0; index < samples; index++) {
    runnerSizes.push(await residentMegabytes(runner.pid));
    controlPlaneSizes.push(await residentMegabytes(ground.controlPlane.pid));
    await sleep(500);
  }
  return [
    atMost(90, { name: "idle.runner", value: percentile(runnerSizes, 0.5), unit: "MB", n: samples }),
    atMost(220, { name: "idle.control-plane", value: percentile(controlPlaneSizes, 0.5), unit: "MB", n: samples }),
  ];
}

/** Resident set size in MB (10^6 bytes), from /proc, or from ps where there is none. */
export async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => undefined);
  const kibibytes = status
    ? /^VmRSS:\s+(\d+)/m.exec(status)?.[1]
    : execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" }).trim();
  return (Number(kibibytes) * 1024) / 1e6;
}
