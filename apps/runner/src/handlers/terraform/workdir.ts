import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { createExclusive, writeWhole } from "../../durable.ts";
import { isAlive, markProcess, type ProcessMark } from "../../process/process-mark.ts";

/** What a working directory was prepared for. */
export type WorkdirMark = { artifact: string; terraform: string; planDigest: string };

/** A directory in which one job runs Terraform. */
export type Workdir = Disposable & {
  path: string;
  /** It is as the plan with the wanted digest left it: initialised, same module, same Terraform. */
  ready: boolean;
  /** Keeps it for the apply of a plan; without, it is emptied at the end. */
  keepFor(mark: WorkdirMark): void;
};

const keptMs = 24 * 3600 * 1000;

/**
 * Takes a working directory for a target. Its path is the same from job to job, because modules put absolute paths into their resources; only jobs that
 * plan the same target at the same moment get a second one.
 * @param input.wanted finds the directory that a plan has left
 */
export function claimWorkdir(input: { workDir: string; installId: string; target: string; wanted?: WorkdirMark }): Workdir {
  const key = createHash("sha256").update(`${input.installId}\n${input.target}`).digest("hex").slice(0, 20);
  const dir = join(input.workDir, key);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const order = Array.from({ length: 64 }, (_, index) => index);
  const wanted = input.wanted && JSON.stringify(input.wanted);
  if (wanted !== undefined) order.sort((a, b) => Number(readMark(dir, b) === wanted) - Number(readMark(dir, a) === wanted));
  for (const n of order) {
    if (!lock(join(dir, `${n}.lock`))) continue;
    const path = join(dir, String(n));
    const ready = wanted !== undefined && readMark(dir, n) === wanted;
    let kept = false;
    rmSync(join(dir, `${n}.json`), { force: true });
    if (!ready) {
      rmSync(path, { recursive: true, force: true });
      mkdirSync(path, { mode: 0o700 });
    }
    return {
      path,
      ready,
      keepFor(mark) {
        writeWhole(join(dir, `${n}.json`), JSON.stringify(mark));
        kept = true;
      },
      [Symbol.dispose]() {
        if (!kept) rmSync(path, { recursive: true, force: true });
        rmSync(join(dir, `${n}.lock`), { force: true });
      },
    };
  }
  throw new Error(`too many jobs work on ${input.target} at the same time`);
}

/** Removes what plans have left that nobody applied within a day. Returns how many directories went. */
export function pruneWorkdirs(workDir: string, now: number): number {
  let removed = 0;
  for (const key of listDir(workDir)) {
    const dir = join(workDir, key);
    for (const name of listDir(dir).filter((entry) => /^\d+$/.test(entry))) {
      const lockPath = join(dir, `${name}.lock`);
      if (now - statSync(join(dir, name)).mtimeMs < keptMs || !lock(lockPath)) continue;
      rmSync(join(dir, `${name}.json`), { force: true });
      rmSync(join(dir, name), { recursive: true, force: true });
      rmSync(lockPath, { force: true });
      removed++;
    }
  }
  return removed;
}

/** Takes a lock file; one whose holder is proven dead is taken over. */
function lock(path: string): boolean {
  const own = JSON.stringify(markProcess(process.pid));
  if (createExclusive(path, own)) return true;
  let holder: ProcessMark | undefined;
  try {
    holder = JSON.parse(readFileSync(path, "utf8")) as ProcessMark;
  } catch {
    return false;
  }
  if (isAlive(holder)) return false;
  rmSync(path, { force: true });
  return createExclusive(path, own);
}

function readMark(dir: string, n: number): string | undefined {
  try {
    return readFileSync(join(dir, `${n}.json`), "utf8");
  } catch {
    return undefined;
  }
}

function listDir(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
