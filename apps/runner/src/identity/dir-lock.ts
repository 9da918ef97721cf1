import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createExclusive } from "../durable.ts";
import { isAlive, markProcess, type ProcessMark } from "../process/process-mark.ts";

/**
 * Makes this process the only runner of a directory.
 * @throws Error naming the process that already is
 */
export function lockDir(dir: string): Disposable {
  const path = join(dir, "runner.lock");
  const own = JSON.stringify(markProcess(process.pid) ?? { pid: process.pid, mark: "" });
  for (let tries = 0; tries < 3; tries++) {
    if (createExclusive(path, own)) return { [Symbol.dispose]: () => rmSync(path, { force: true }) };
    const holder = readHolder(path);
    if (holder && isAlive(holder)) {
      throw new Error(`Another runner (process ${holder.pid}) works in ${dir}. Stop it, or give this one its own directory (--dir).`);
    }
    rmSync(path, { force: true });
  }
  throw new Error(`${path} could not be taken`);
}

function readHolder(path: string): ProcessMark | undefined {
  try {
    const holder = JSON.parse(readFileSync(path, "utf8")) as Partial<ProcessMark>;
    return typeof holder.pid === "number" && typeof holder.mark === "string" ? { pid: holder.pid, mark: holder.mark } : undefined;
  } catch {
    return undefined;
  }
}
