import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { JobResult } from "@berth/protocol/job-result";
import { sha256 } from "@berth/kit/digest";
import { writeDurable } from "../durable.ts";
import { createRedaction, redactText } from "../logs/redact.ts";
import { isAlive, type ProcessMark } from "../process/process-mark.ts";
import { stopGroup, type StopWaits } from "../process/stop.ts";
import { readChild, readLock, readProcess, readWorkdir, type JobFile, type JournalPaths } from "./journal.ts";

const tailBytes = 4000;

/**
 * Writes the end of a job whose process died without one: stops what it left running, rescues a state that Terraform could not hand over, and says what is
 * known. Called only when the process is proven dead.
 */
export async function buryJob(input: { journal: JournalPaths; file: JobFile; waits: StopWaits; spoolBytes: () => number }): Promise<void> {
  const { journal, file } = input;
  const child = readChild(journal);
  if (child && isAlive(child)) await stopGroup({ pid: child.pid, ended: gone(child), waits: input.waits });
  const rescued = await rescueState(journal);
  const died = readProcess(journal);
  const said = tail(journal.output);
  const detail = [
    died === undefined
      ? "The job's process could not be started."
      : `The job's process (${died.pid}) ended without a result: it was killed, ran out of memory, or the machine restarted.`,
    file.assign.spec.kind === "terraform.apply"
      ? rescued
        ? "Terraform's last state was rescued from its working directory and is being delivered; make a new plan to see what is left to do."
        : "What Terraform had done until then is in the last state it wrote; make a new plan to see what is left to do."
      : "",
    said === "" ? "" : `Its last words:\n${said}`,
  ];
  const now = new Date().toISOString();
  const redaction = createRedaction([...file.assign.redact, file.assign.jobToken]);
  const result: JobResult = {
    outcome: "failed",
    failure: { reason: "internal", detail: redactText(redaction, detail.filter((part) => part !== "").join("\n")) },
    logBytes: input.spoolBytes(),
    startedAt: now,
    finishedAt: now,
  };
  await writeDurable(journal.result, JSON.stringify(result));
}

/** Terraform leaves `errored.tfstate` when its backend is gone: the next state version, under the lock it still has. */
async function rescueState(journal: JournalPaths): Promise<boolean> {
  const lock = readLock(journal);
  const workdir = readWorkdir(journal)?.path;
  const left = workdir === undefined ? undefined : join(workdir, "errored.tfstate");
  if (!lock || left === undefined || !existsSync(left)) return false;
  const bytes = readFileSync(left);
  let n = 1;
  while (existsSync(journal.state(n))) n++;
  await writeDurable(journal.stateMeta(n), JSON.stringify({ digest: sha256(bytes), lockId: lock.ID }));
  await writeDurable(journal.state(n), bytes);
  return true;
}

async function gone(process: ProcessMark): Promise<void> {
  while (isAlive(process)) await sleep(100);
}

function tail(path: string): string {
  try {
    const bytes = readFileSync(path);
    return bytes.subarray(-tailBytes).toString("utf8").trim();
  } catch {
    return "";
  }
}
