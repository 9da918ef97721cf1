import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "../durable.ts";
import type { ConnectionState } from "../connection/connection.ts";
import type { SchedulesStatus } from "../schedules/schedules.ts";
import type { ProcessMark } from "../process/process-mark.ts";

/** What the running runner says of itself, in `status.json` of its directory. */
export type RunnerStatus = {
  process: ProcessMark;
  version: string;
  runnerId: string;
  installId: string;
  installName: string;
  url: string;
  startedAt: string;
  updatedAt: string;
  connection: ConnectionState;
  slots: number;
  freeSlots: number;
  draining: boolean;
  /** Why no job would be taken, where that is so. */
  obstacle?: string;
  schedules: SchedulesStatus;
  jobs: { jobId: string; epoch: number; kind: string; target?: string; since: string; waiting: string }[];
};

const statusFile = "status.json";

export function writeStatus(dir: string, status: RunnerStatus): void {
  writeWhole(join(dir, statusFile), JSON.stringify(status));
}

/** The last status written, or undefined where no runner has ever run here. */
export function readStatus(dir: string): RunnerStatus | undefined {
  try {
    return JSON.parse(readFileSync(join(dir, statusFile), "utf8")) as RunnerStatus;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
