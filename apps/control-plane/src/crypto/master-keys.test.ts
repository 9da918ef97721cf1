import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadMasterKeys, parseMasterKeys } from "./master-keys.ts";
import { createVault } from "./vault.ts";

let dataDir: string;
beforeEach(async () => void (dataDir = await mkdtemp(join(tmpdir(), "berth-keys-"))));
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const fresh = () => Promise.resolve(true);
const used = () => Promise.resolve(false);
const encoded = Buffer.alloc(32, 7).toString("base64");

describe("master keys", () => {
  it("are made once, private to the user, and found again", async () => {
    const first = await loadMasterKeys({ dataDir, isFresh: fresh });
    const second = await loadMasterKeys({ dataDir, isFresh: used });
    expect([first.made, second.made]).toEqual([true, false]);
    expect((await stat(first.file!)).mode & 0o777).toBe(0o600);
    const sealed = createVault(first.keys).seal("text", "context");
    expect(createVault(second.keys).open(sealed, "context").toString()).toBe("text");
  });
  it("are not made anew for a database that was used with another one", async () => {
    await expect(loadMasterKeys({ dataDir, isFresh: used })).rejects.toThrow(/BERTH_MASTER_KEYS/);
  });
  it("given in the settings win over the file", async () => {
    await writeFile(join(dataDir, "master-key"), `filekey1:${encoded}`);
    const { keys } = await loadMasterKeys({ dataDir, given: `newkey01:${encoded}, oldkey01:${encoded}`, isFresh: used });
    expect(keys.map((key) => key.id)).toEqual(["newkey01", "oldkey01"]);
  });
  it.each(["", "short:AAAA", `key00001:${encoded.slice(4)}`, `toolongid:${encoded}`, `key00001:${encoded},`])(
    "that are not well-formed are refused without being printed: %s",
    (text) => {
      const attempt = (): unknown => parseMasterKeys(text);
      expect(attempt).toThrow(/Master key \d is not/);
      expect(attempt).not.toThrow(/AAAA|Bwc/);
    },
  );
});
