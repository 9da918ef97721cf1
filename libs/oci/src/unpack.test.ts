import { existsSync } from "node:fs";
import { lstat, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { AppError } from "@berth/kit/errors";
import fc from "fast-check";
import { pack, type Header } from "tar-stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { refuseLinksOut } from "./archive-path.ts";
import { tarHeader } from "./tar-header.ts";
import { unpackArchive } from "./unpack.ts";

let root: string;
beforeEach(async () => void (root = await mkdtemp(join(tmpdir(), "berth-unpack-"))));
afterEach(() => rm(root, { recursive: true, force: true }));

async function archive(entries: readonly (Partial<Header> & { name: string; content?: string })[]): Promise<Buffer> {
  const tar = pack();
  for (const { content, ...header } of entries) tar.entry(header, content ?? "");
  tar.finalize();
  return gzipSync(await buffer(tar));
}

/** An outcome that is no surprise: unpacked, or refused with a reason. */
const isOrderly = (outcome: unknown): boolean => !(outcome instanceof Error) || outcome instanceof AppError;

const unpack = (bytes: Uint8Array, limits = {}) => unpackArchive({ source: Readable.from([bytes]), dir: join(root, "out"), limits });

describe("unpacking refuses", () => {
  const hostile: [string, (Partial<Header> & { name: string; content?: string })[]][] = [
    ["path_escape", [{ name: "../evil", content: "x" }]],
    ["path_escape", [{ name: "a/../../evil", content: "x" }]],
    ["path_escape", [{ name: "a/..", type: "directory" }]],
    ["absolute_path", [{ name: "/tmp/evil", content: "x" }]],
    ["backslash", [{ name: "..\\evil", content: "x" }]],
    ["backslash", [{ name: "C:/evil", content: "x" }]],
    ["link_escape", [{ name: "out", type: "symlink", linkname: "/etc" }]],
    ["link_escape", [{ name: "out", type: "symlink", linkname: "../.." }]],
    [
      "link_escape",
      [
        { name: "a/b/up", type: "symlink", linkname: "../.." },
        { name: "out", type: "symlink", linkname: "a/b/up/.." },
      ],
    ],
    ["link_escape", [{ name: "loop", type: "symlink", linkname: "loop" }]],
    ["entry_type", [{ name: "hard", type: "link", linkname: "../../etc/passwd" }]],
    ["entry_type", [{ name: "hard", type: "link", linkname: "other" }]],
    ["entry_type", [{ name: "dev", type: "character-device", devmajor: 1, devminor: 3 }]],
    ["entry_type", [{ name: "dev", type: "block-device" }]],
    ["entry_type", [{ name: "pipe", type: "fifo" }]],
    [
      "duplicate",
      [
        { name: "a", content: "1" },
        { name: "./a", content: "2" },
      ],
    ],
    [
      "duplicate",
      [
        { name: "a", content: "1" },
        { name: "a/b", content: "2" },
      ],
    ],
    [
      "duplicate",
      [
        { name: "a/b", content: "1" },
        { name: "a", type: "symlink", linkname: "c" },
      ],
    ],
    [
      "duplicate",
      [
        { name: "a", type: "symlink", linkname: "b" },
        { name: "b/x", content: "1" },
        { name: "a/c", type: "symlink", linkname: "x" },
      ],
    ],
    [
      "duplicate",
      [
        { name: "a", type: "symlink", linkname: "b" },
        { name: "a", type: "symlink", linkname: "c" },
      ],
    ],
    ["path_empty", [{ name: "./", type: "symlink", linkname: "a" }]],
    ["name_length", [{ name: "n".repeat(300), content: "x" }]],
    ["pathBytes", [{ name: "n/".repeat(600), type: "directory" }]],
  ];
  it.each(hostile)("by the rule %s: %j", async (rule, entries) => {
    await expect(unpack(await archive(entries))).rejects.toMatchObject({ meta: { limit: rule } });
    expect(await readdir(join(root, "out"))).toEqual([]);
    expect(await readdir(root)).toEqual(["out"]);
  });

  it("a link that takes the place of a directory which later entries write to", async () => {
    const bytes = await archive([
      { name: "d", type: "symlink", linkname: "." },
      { name: "d/file", content: "x" },
    ]);
    await expect(unpack(bytes)).rejects.toMatchObject({ meta: { limit: "duplicate" } });
  });

  it("more entries than allowed, counting implied directories and repeated ones", async () => {
    const many = await archive(Array.from({ length: 11 }, (_, index) => ({ name: `f${index}`, content: "" })));
    await expect(unpack(many, { entries: 10 })).rejects.toMatchObject({ code: "too_large", meta: { limit: "entries", value: 10 } });
    const deep = await archive([{ name: "a/b/c/d/e/f/g/h/i/j/k", content: "" }]);
    await expect(unpack(deep, { entries: 10 })).rejects.toMatchObject({ meta: { limit: "entries" } });
    const repeated = await archive(Array.from({ length: 11 }, () => ({ name: "same", type: "directory" as const })));
    await expect(unpack(repeated, { entries: 10 })).rejects.toMatchObject({ meta: { limit: "entries" } });
  });

  it("one hundred thousand files by default", async () => {
    const header = tarHeader({ kind: "directory", path: "d" });
    const bytes = gzipSync(Buffer.concat(Array.from({ length: 100_000 }, () => header)), { level: 1 });
    await expect(unpack(bytes)).rejects.toMatchObject({ code: "too_large", meta: { limit: "entries" } });
  }, 60_000);

  it("a small archive that grows beyond the limit, after that many bytes and not after all of them", async () => {
    const bomb = await archive([{ name: "zeros", content: "\0".repeat(20_000_000) }]);
    expect(bomb.length).toBeLessThan(50_000);
    await expect(unpack(bomb, { expandedBytes: 1_000_000 })).rejects.toMatchObject({ meta: { limit: "expandedBytes", value: 1_000_000 } });
  });

  it("an entry that announces ten gigabytes, before it has arrived", async () => {
    const header = tarHeader({ kind: "file", path: "huge", size: 10_000_000_000, executable: false });
    await expect(unpack(gzipSync(header))).rejects.toMatchObject({ meta: { limit: "expandedBytes" } });
  });

  it("too many links, too long targets, and too large an archive", async () => {
    const links = await archive(["a", "b", "c"].map((name) => ({ name, type: "symlink" as const, linkname: "x" })));
    await expect(unpack(links, { links: 2 })).rejects.toMatchObject({ meta: { limit: "links" } });
    const target = await archive([{ name: "a", type: "symlink", linkname: "x".repeat(2000) }]);
    await expect(unpack(target)).rejects.toMatchObject({ meta: { limit: "pathBytes" } });
    await expect(unpack(links, { archiveBytes: 20 })).rejects.toMatchObject({ meta: { limit: "archiveBytes" } });
  });

  it("a directory that already holds something, which it leaves alone", async () => {
    await mkdir(join(root, "out"));
    await writeFile(join(root, "out", "mine"), "x");
    await expect(unpack(await archive([{ name: "a", content: "x" }]))).rejects.toMatchObject({ code: "conflict" });
    expect(await readdir(join(root, "out"))).toEqual(["mine"]);
  });

  it("every truncation and leaves nothing behind", async () => {
    const whole = await archive([
      { name: "a", content: "some text" },
      { name: "b", content: "z".repeat(5000) },
    ]);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: whole.length - 1 }), async (length) => {
        await expect(unpack(whole.subarray(0, length))).rejects.toMatchObject({ code: "unprocessable" });
        expect(await readdir(join(root, "out"))).toEqual([]);
      }),
      { numRuns: 50 },
    );
  }, 60_000);

  it("bytes that are no archive, without ever failing in another way", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 2000 }), fc.boolean(), async (bytes, zipped) => {
        const outcome = await unpack(zipped ? gzipSync(bytes) : bytes).catch((error: unknown) => error);
        expect(outcome).toSatisfy(isOrderly);
        await rm(join(root, "out"), { recursive: true, force: true });
      }),
      { numRuns: 100 },
    );
  }, 60_000);
});

describe("whatever an archive holds", () => {
  const name = fc.array(fc.constantFrom("a", "b", "c", "..", ".", "", "l"), { minLength: 1, maxLength: 5 }).map((parts) => parts.join("/"));
  const entry = fc.oneof(
    fc.record({ name, type: fc.constant("file" as const), content: fc.constant("x") }),
    fc.record({ name, type: fc.constant("directory" as const) }),
    fc.record({ name, type: fc.constant("symlink" as const), linkname: name }),
  );

  it("nothing appears outside the directory and no link in it leads out", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { minLength: 1, maxLength: 8 }), async (entries) => {
        const dir = join(root, "deep", "er", "out");
        const source = Readable.from([await archive(entries.filter((made) => made.name !== ""))]);
        expect(await unpackArchive({ source, dir }).catch((error: unknown) => error)).toSatisfy(isOrderly);
        expect(await readdir(root)).toEqual(["deep"]);
        expect(await readdir(join(root, "deep"))).toEqual(["er"]);
        expect(await readdir(join(root, "deep", "er"))).toEqual(["out"]);
        for (const made of await readdir(dir, { recursive: true, withFileTypes: true })) {
          const path = join(made.parentPath, made.name);
          if (!(await lstat(path)).isSymbolicLink() || !existsSync(path)) continue;
          expect(`${await realpath(path)}/`.startsWith(`${await realpath(dir)}/`)).toBe(true);
        }
        await rm(join(root, "deep"), { recursive: true });
      }),
      { numRuns: 200 },
    );
  }, 60_000);

  it("executable bits survive, every other special bit goes", async () => {
    await unpack(
      await archive([
        { name: "run", mode: 0o6777, content: "x" },
        { name: "data", mode: 0o666, content: "y" },
      ]),
    );
    expect((await lstat(join(root, "out", "run"))).mode & 0o7777).toBe(0o755);
    expect((await lstat(join(root, "out", "data"))).mode & 0o7777).toBe(0o644);
    expect((await readFile(join(root, "out", "run"))).toString()).toBe("x");
  });
});

describe("links", () => {
  it("may point to a missing name, to the root and through one another, within the tree", () => {
    const links = new Map([
      ["a/b/up", "../.."],
      ["again", "a/b/up/a"],
      ["missing", "nowhere/at/all"],
    ]);
    expect(() => refuseLinksOut(links)).not.toThrow();
  });
});
