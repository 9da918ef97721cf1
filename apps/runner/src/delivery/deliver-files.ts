import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { runnerPaths } from "@berth/protocol/runner-paths";
import type { Session } from "../connection/session.ts";
import {
  readLock,
  readPlanMeta,
  readStateMeta,
  readUnlock,
  writeDelivered,
  type Delivered,
  type JobFile,
  type JournalPaths,
} from "../job/journal.ts";
import type { HttpClient } from "../net/request.ts";
import { upload, type UploadResult } from "./upload.ts";

/** Where a pass over the journal ended. `refused` names what the control plane will never take. */
export type Delivery = { kind: "complete" } | { kind: "stale" } | Extract<UploadResult, { kind: "later" | "refused" }>;

/**
 * Uploads what the journal holds and the control plane lacks: states in order, then the plan, then the unlock. Marks each in `delivered`.
 * @param input.ended whether the job's process has ended: only then is a lock it left behind given back in its name
 */
export async function deliverFiles(input: {
  journal: JournalPaths;
  file: JobFile;
  delivered: Delivered;
  session: Session;
  http: HttpClient;
  ended: boolean;
}): Promise<Delivery> {
  const { journal, delivered, session, http } = input;
  const { jobId, epoch, jobToken } = input.file.assign;
  const put = async (path: string, bytes: Buffer, headers: Record<string, string>): Promise<UploadResult> =>
    await upload({
      http,
      method: "PUT",
      url: `${input.file.baseUrl}${path}`,
      token: session.ready.sessionToken,
      body: bytes,
      headers: { "berth-epoch": String(epoch), "content-type": "application/octet-stream", ...headers },
    });
  const keep = (change: Partial<Delivered>): void => {
    Object.assign(delivered, change);
    writeDelivered(journal, delivered);
  };

  for (let n = delivered.states + 1; existsSync(journal.state(n)); n++) {
    const meta = readStateMeta(journal, n);
    if (!meta) return { kind: "refused", problem: `${journal.stateMeta(n)} is missing` };
    const headers = { "berth-digest": meta.digest, ...(meta.lockId === undefined ? {} : { "berth-lock-id": meta.lockId }) };
    const result = await put(runnerPaths.stateVersion(jobId, n), await readFile(journal.state(n)), headers);
    if (result.kind === "refused") return { kind: "refused", problem: `state version ${n}: ${result.problem}` };
    if (result.kind !== "done") return result;
    keep({ states: n });
  }

  const plan = readPlanMeta(journal);
  if (plan && !delivered.plan) {
    const result = await put(runnerPaths.plan(jobId), await readFile(journal.plan), { "berth-digest": plan.digest });
    if (result.kind === "refused") return { kind: "refused", problem: `plan: ${result.problem}` };
    if (result.kind !== "done") return result;
    keep({ plan: true });
  }
  if (plan?.displayDigest !== undefined && !delivered.planDisplay) {
    const result = await put(runnerPaths.planDisplay(jobId), await readFile(journal.planDisplay), {
      "berth-digest": plan.displayDigest,
      "content-encoding": "gzip",
    });
    if (result.kind === "refused") return { kind: "refused", problem: `plan display: ${result.problem}` };
    if (result.kind !== "done") return result;
    keep({ planDisplay: true });
  }

  const unlock = readUnlock(journal) ?? (input.ended ? readLock(journal) : undefined);
  if (unlock && !delivered.unlocked) {
    const result = await upload({
      http,
      method: "POST",
      url: `${input.file.baseUrl}${runnerPaths.unlock(jobId)}`,
      token: jobToken,
      body: Buffer.from(JSON.stringify(unlock)),
      headers: { "content-type": "application/json", "berth-epoch": String(epoch) },
    });
    if (result.kind === "later") return result;
    // Refused or stale: it is not ours any more, and the end of the job releases what is.
    keep({ unlocked: true });
  }
  return { kind: "complete" };
}
