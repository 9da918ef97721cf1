import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { link, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AppError, messageOf } from "@berth/kit/errors";
import type { Place } from "../choose-place.ts";
import { maxValueBytes, type Found, type Store } from "./store.ts";

/** A secret in a file of the runner's machine. One line break at its end is the editor's, and no part of it. */
export function directoryStore({ path }: Extract<Place, { kind: "directory" }>): Store {
  return {
    read: () => readFile(path),
    async create(text) {
      try {
        await makeFile(path, text);
      } catch (error) {
        const there = codeOf(error) === "EEXIST" ? await readFile(path) : undefined;
        if (there) return there;
        throw new AppError(
          "forbidden",
          `The runner can't write ${path}: ${messageOf(error)}. Let it write there, or put the value there yourself`,
        );
      }
      return { bytes: Buffer.from(text, "utf8"), address: path };
    },
  };
}

async function readFile(path: string): Promise<Found | undefined> {
  try {
    // A pipe in its place would keep us waiting.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const facts = await file.stat();
    if (!facts.isFile()) throw new AppError("conflict", `${path} is no file: put the value into a file of this name`);
    if ((facts.mode & 0o007) !== 0)
      throw new AppError(
        "forbidden",
        `Everybody on the runner's machine can open ${path}. Close it (chmod 600), and think about whether its value is still a secret`,
      );
    if (facts.size > maxValueBytes + 2)
      throw new AppError("too_large", `${path} has ${facts.size} bytes; a secret has at most ${maxValueBytes}`);
    const bytes = await file.readFile();
    return { bytes: withoutLineBreak(bytes), address: path };
  } catch (error) {
    if (error instanceof AppError) throw error;
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
    throw new AppError("forbidden", `The runner can't read ${path}: ${messageOf(error)}`, {}, { cause: error });
  }
}

/** Whole or not at all, for the runner alone, and never in the place of a file that is there. */
async function makeFile(path: string, text: string): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const temporary = join(folder, `.new-${randomBytes(6).toString("hex")}`);
  try {
    {
      await using file = await open(temporary, "wx", 0o600);
      await file.writeFile(text);
      await file.sync();
    }
    await link(temporary, path).catch(async (error: unknown) => {
      // Not every file system has links.
      if (codeOf(error) === "EEXIST" || (await readFile(path))) throw error;
      await rename(temporary, path);
    });
  } finally {
    await rm(temporary, { force: true });
  }
}

function withoutLineBreak(bytes: Buffer): Buffer {
  const end = bytes.at(-1) === 0x0a ? (bytes.at(-2) === 0x0d ? 2 : 1) : 0;
  return bytes.subarray(0, bytes.length - end);
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}
