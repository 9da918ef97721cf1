import { realpathSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, join, posix, relative, sep } from "node:path";
import { didYouMean } from "../schema/suggest.ts";
import type { Included } from "./loaded-file.ts";
import { readTextFile, type ReadResult } from "./read-file.ts";

/** Contents, or what is wrong and perhaps what to do. */
export type Resolved = Included | { problem: { code: string; message: string; fix?: string } };

type Input = {
  /** The app's directory, as its real path. */
  root: string;
  /** The TOML file that refers, relative to it. */
  from: string;
  bases: readonly string[];
  path: string;
  maxBytes: number;
};

/** Looks a `./path` up in the folders of its section, in order. Neither `..` nor a link leads out of the app's directory. */
export async function resolveRelative(input: Input): Promise<Resolved> {
  let escaped = false;
  const tried: string[] = [];
  for (const base of input.bases) {
    const folder = base === "@" ? posix.dirname(input.from) : base;
    const file = posix.normalize(posix.join(folder, input.path));
    if (file === ".." || file.startsWith("../")) {
      escaped = true;
      continue;
    }
    if (tried.includes(file)) continue;
    tried.push(file);
    const result = readInside(input.root, file, input.maxBytes);
    if (result === "missing") continue;
    if (result === "outside") return outside(input.path);
    return result;
  }
  if (escaped && tried.length === 0) return outside(input.path);
  const fix = await nearestFile(input.root, tried[0] ?? input.path);
  return {
    problem: {
      code: "include_not_found",
      message: `There is no file ${input.path} (looked for ${tried.join(", ")})`,
      ...(fix ? { fix } : {}),
    },
  };
}

const outside = (path: string): Resolved => ({
  problem: { code: "include_outside", message: `${path} leads out of the app's directory`, fix: "copy the file into the app's directory" },
});

function readInside(root: string, file: string, maxBytes: number): Resolved | "missing" | "outside" {
  const path = join(root, file);
  let real: string;
  try {
    real = realpathSync.native(path);
  } catch {
    return "missing";
  }
  const within = relative(root, real);
  if (within === ".." || within.startsWith(`..${sep}`)) return "outside";
  return describeRead(readTextFile(real, maxBytes), file, maxBytes);
}

/** A file of the machine, where the caller allows it. */
export function resolveAbsolute(input: { root: string; path: string; anywhere: boolean; maxBytes: number }): Resolved {
  const inside = relative(input.root, input.path);
  const escapes = inside === ".." || inside.startsWith(`..${sep}`);
  if (!escapes) {
    const result = readInside(input.root, inside.split(sep).join("/"), input.maxBytes);
    if (result !== "missing" && result !== "outside") return result;
  }
  if (!input.anywhere) return outside(`file://${input.path}`);
  return describeRead(readTextFile(input.path, input.maxBytes), `file://${input.path}`, input.maxBytes);
}

function describeRead(read: ReadResult, file: string, maxBytes: number): Resolved {
  if ("text" in read) return { file, text: read.text };
  const reasons = {
    missing: { code: "include_not_found", message: `There is no file ${file}` },
    not_a_file: { code: "include_not_found", message: `${file} is not a regular file` },
    too_large: { code: "include_too_large", message: `${file} is larger than ${maxBytes} bytes` },
    not_text: { code: "include_not_text", message: `${file} is not UTF-8 text` },
  };
  return { problem: reasons[read.failure] };
}

async function nearestFile(root: string, file: string): Promise<string | undefined> {
  try {
    return didYouMean(posix.basename(file), await readdir(join(root, dirname(file))));
  } catch {
    return undefined;
  }
}
