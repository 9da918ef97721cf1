import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Where a process can be reached, for those that started it. */
export type Facts = { url: string; pid: number };

/** Writes `<dataDir>/control-plane.json`. `remove` leaves it where another process has written its own since. */
export async function writeFacts(dataDir: string, facts: Facts): Promise<{ remove(): Promise<void> }> {
  const path = join(dataDir, "control-plane.json");
  const draft = `${path}.${facts.pid}`;
  await writeFile(draft, `${JSON.stringify(facts)}\n`);
  await rename(draft, path);
  return {
    async remove() {
      const found = JSON.parse(await readFile(path, "utf8").catch(() => "{}")) as Partial<Facts>;
      if (found.pid === facts.pid) await rm(path, { force: true });
    },
  };
}
