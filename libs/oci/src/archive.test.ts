import { execFileSync } from "node:child_process";
import { chmod, link, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { gunzipSync } from "node:zlib";
import { sha256 } from "@berth/kit/digest";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { packDirectory } from "./pack.ts";
import { unpackArchive } from "./unpack.ts";

let root: string;
beforeEach(async () => void (root = await mkdtemp(join(tmpdir(), "berth-archive-"))));
afterEach(() => rm(root, { recursive: true, force: true }));

type Tree = Record<string, { content: Uint8Array; executable: boolean }>;

async function write(dir: string, tree: Tree, order: "forwards" | "backwards" = "forwards"): Promise<void> {
  await mkdir(dir, { recursive: true });
  const names = order === "forwards" ? Object.keys(tree) : Object.keys(tree).toReversed();
  for (const name of names) {
    const file = tree[name];
    if (!file) continue;
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), file.content);
    await chmod(join(dir, name), file.executable ? 0o755 : 0o640);
  }
}

async function read(dir: string): Promise<Record<string, { content: string; executable: boolean }>> {
  const out: Record<string, { content: string; executable: boolean }> = {};
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    out[path.slice(dir.length + 1)] = {
      content: (await readFile(path)).toString("hex"),
      executable: ((await stat(path)).mode & 0o100) !== 0,
    };
  }
  return out;
}

const shown = (tree: Tree) =>
  Object.fromEntries(
    Object.entries(tree).map(([name, file]) => [name, { content: Buffer.from(file.content).toString("hex"), executable: file.executable }]),
  );

const segment = fc.oneof(
  fc.stringMatching(/^[a-z]{1,6}(\.tf)?$/),
  fc.constantFrom("ä ö", "日本", "x".repeat(120), "-dash", "new\nline", "...", "PaxHeader", "a b"),
);
const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
const tree = fc
  .dictionary(path, fc.record({ content: fc.uint8Array({ maxLength: 2000 }), executable: fc.boolean() }), { maxKeys: 8 })
  // A name cannot be a file and a directory at once.
  .filter((made) => !Object.keys(made).some((name) => Object.keys(made).some((other) => other.startsWith(`${name}/`))));

describe("packing", () => {
  it("comes back unpacked with the same names, bytes and executable bits", async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(tree, async (made) => {
        const base = join(root, String(run++));
        await write(join(base, "in"), made);
        const packed = await packDirectory({ dir: join(base, "in"), out: join(base, "a.tgz") });
        await unpackArchive({ source: packed.path, dir: join(base, "out") });
        expect(await read(join(base, "out"))).toEqual(shown(made));
      }),
      { numRuns: 40 },
    );
  }, 60_000);

  it("gives the same bytes for the same content, however and whenever it was written", async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(tree, async (made) => {
        const base = join(root, String(run++));
        await write(join(base, "one"), made);
        await write(join(base, "two"), made, "backwards");
        await mkdir(join(base, "two", ".git", "objects"), { recursive: true });
        for (const name of Object.keys(made)) await utimes(join(base, "two", name), 1, 1);
        const one = await packDirectory({ dir: join(base, "one"), out: join(base, "1.tgz") });
        const two = await packDirectory({ dir: join(base, "two"), out: join(base, "2.tgz") });
        expect({ ...two, path: "" }).toEqual({ ...one, path: "" });
      }),
      { numRuns: 20 },
    );
  }, 60_000);

  it("states the digests and size of what it wrote, in a form that tar reads", async () => {
    await write(join(root, "in"), {
      "m/main.tf": { content: Buffer.from("x"), executable: false },
      [`${"d".repeat(150)}/ü`]: { content: Buffer.alloc(5), executable: true },
    });
    await symlink("../m/main.tf", join(root, "in", "m", "alias.tf"));
    const packed = await packDirectory({ dir: join(root, "in"), out: join(root, "a.tgz") });
    const bytes = await readFile(packed.path);
    expect(packed).toMatchObject({ size: bytes.length, digest: sha256(bytes), diffId: sha256(gunzipSync(bytes)) });
    const listed = execFileSync("tar", ["--quoting-style=literal", "-tvzf", packed.path], {
      encoding: "utf8",
      env: { PATH: process.env["PATH"], LC_ALL: "C.UTF-8", TZ: "UTC" },
    });
    expect(listed).toContain("m/alias.tf -> ../m/main.tf");
    expect(listed).toContain(`${"d".repeat(150)}/ü`);
    expect(
      listed
        .split("\n")
        .filter(Boolean)
        .every((line) => line.includes("1970-01-01 00:00")),
    ).toBe(true);
  });

  it("gives a known tree the same content digest for ever", async () => {
    await write(join(root, "in"), { "main.tf": { content: Buffer.from('output "x" { value = 1 }\n'), executable: false } });
    const packed = await packDirectory({ dir: join(root, "in"), out: join(root, "a.tgz") });
    expect(packed.diffId).toBe("sha256:185946e0aecdca060d2a72fad7c8a4dc28373ff1afdfc2b5830e628fc0185c9e");
  });

  it("leaves .git out at every depth and keeps links within the tree", async () => {
    await write(join(root, "in"), {
      ".git/config": { content: Buffer.from("secret"), executable: false },
      "sub/.git": { content: Buffer.from("gitdir: elsewhere"), executable: false },
      "sub/.gitignore": { content: Buffer.from("x"), executable: false },
    });
    await symlink("sub/.gitignore", join(root, "in", "ignore"));
    const packed = await packDirectory({ dir: join(root, "in"), out: join(root, "a.tgz") });
    await unpackArchive({ source: packed.path, dir: join(root, "out") });
    expect(Object.keys(await read(join(root, "out")))).toEqual(["sub/.gitignore"]);
    expect(await readlink(join(root, "out", "ignore"))).toBe("sub/.gitignore");
  });

  it.each(["/etc/passwd", "../outside", "a/../../outside", "self"])("refuses a link to %s", async (target) => {
    await write(join(root, "in"), { "a/b": { content: Buffer.of(1), executable: false } });
    await symlink(target, join(root, "in", "self"));
    const attempt = packDirectory({ dir: join(root, "in"), out: join(root, "a.tgz") });
    await expect(attempt).rejects.toMatchObject({ code: "unprocessable", meta: { limit: "link_escape", entry: "self" } });
  });

  it("refuses a pipe, and leaves no archive behind when it fails half-way", async () => {
    await write(join(root, "in"), { a: { content: Buffer.alloc(100_000), executable: false } });
    await expect(
      packDirectory({ dir: join(root, "in"), out: join(root, "a.tgz"), limits: { expandedBytes: 50_000 } }),
    ).rejects.toMatchObject({
      code: "too_large",
      meta: { limit: "expandedBytes", value: 50_000 },
    });
    expect(await readdir(root)).toEqual(["in"]);
    execFileSync("mkfifo", [join(root, "in", "pipe")]);
    await expect(packDirectory({ dir: join(root, "in"), out: join(root, "a.tgz") })).rejects.toMatchObject({
      meta: { limit: "special_file" },
    });
  });

  it("packs a hard link as the file it is", async () => {
    await write(join(root, "in"), { a: { content: Buffer.from("same"), executable: false } });
    await link(join(root, "in", "a"), join(root, "in", "b"));
    const packed = await packDirectory({ dir: join(root, "in"), out: join(root, "a.tgz") });
    await unpackArchive({ source: Readable.from(await readFile(packed.path)), dir: join(root, "out") });
    expect((await readFile(join(root, "out", "b"))).toString()).toBe("same");
  });

  it("stops when asked to", async () => {
    await write(join(root, "in"), { a: { content: Buffer.alloc(10), executable: false } });
    const attempt = packDirectory({ dir: join(root, "in"), out: join(root, "a.tgz"), signal: AbortSignal.abort(new Error("stop")) });
    await expect(attempt).rejects.toThrow("stop");
  });
});
