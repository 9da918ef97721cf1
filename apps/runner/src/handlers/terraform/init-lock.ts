import { readFileSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { createExclusive } from "../../durable.ts";
import { isAlive, markProcess, type ProcessMark } from "../../process/process-mark.ts";

/** Waits for a turn at the shared plugin cache: two `init` at once may break each other's downloads. One whose holder is dead is taken over. */
export async function takeTurn(path: string, signal: AbortSignal): Promise<Disposable> {
  const own = JSON.stringify(markProcess(process.pid));
  while (!createExclusive(path, own)) {
    signal.throwIfAborted();
    let holder: ProcessMark | undefined;
    try {
      holder = JSON.parse(readFileSync(path, "utf8")) as ProcessMark;
    } catch {
      // Just being written, or just gone.
    }
    if (holder && !isAlive(holder)) rmSync(path, { force: true });
    else await sleep(25);
  }
  return { [Symbol.dispose]: () => rmSync(path, { force: true }) };
}
