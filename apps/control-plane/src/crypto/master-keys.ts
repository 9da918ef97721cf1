import { randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { MasterKey } from "./vault.ts";

/**
 * Parses `id:base64` pairs separated by commas. The first one writes, all of them read.
 * @throws Error that names the wrong pair by its place, and never prints a key
 */
export function parseMasterKeys(text: string): MasterKey[] {
  return text.split(",").map((pair, index) => {
    const [, id, encoded] = /^\s*([\x21-\x39\x3b-\x7e]{8}):([A-Za-z0-9+/]+={0,2})\s*$/.exec(pair) ?? [];
    const key = Buffer.from(encoded ?? "", "base64");
    if (id === undefined || key.length !== 32)
      throw new Error(
        `Master key ${index + 1} is not "<8 characters>:<32 bytes in base64>". Make one with: echo "key00001:$(openssl rand -base64 32)"`,
      );
    return { id, key };
  });
}

/**
 * The master keys: those given, else the one in the data directory, which is made (mode 0600) for a database that has never been used.
 * @param input.isFresh whether the database has no organisation yet
 * @throws Error when the database was used before and its key is not here: a new one could not read what the old one sealed
 */
export async function loadMasterKeys(input: {
  given?: string | undefined;
  dataDir: string;
  isFresh: () => Promise<boolean>;
}): Promise<{ keys: MasterKey[]; made: boolean; file?: string }> {
  if (input.given !== undefined) return { keys: parseMasterKeys(input.given), made: false };
  const file = join(input.dataDir, "master-key");
  const found = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (found !== undefined) return { keys: parseMasterKeys(found.trim()), made: false, file };
  if (!(await input.isFresh()))
    throw new Error(
      `This database was used before, and the master key that its secrets are sealed with is not here: ${file} does not exist and BERTH_MASTER_KEYS is not set. ` +
        "Copy the file from the data directory that was used, or set BERTH_MASTER_KEYS to its content.",
    );
  await mkdir(input.dataDir, { recursive: true, mode: 0o700 });
  const text = `${randomBytes(4).toString("hex")}:${randomBytes(32).toString("base64")}`;
  // The name appears with its content and only once: of two processes that start at the same time the second reads what the first wrote.
  const draft = `${file}.${process.pid}`;
  const handle = await open(draft, "w", 0o600);
  try {
    await handle.writeFile(`${text}\n`);
    await handle.sync();
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return await loadMasterKeys(input);
    throw error;
  } finally {
    await handle.close();
    await rm(draft, { force: true });
  }
  return { keys: parseMasterKeys(text), made: true, file };
}
