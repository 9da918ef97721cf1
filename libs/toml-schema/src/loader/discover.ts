import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@berth/kit/errors";
import { suggest } from "../schema/suggest.ts";
import type { Limits } from "./limits.ts";
import { addProblem, type Problems } from "./problem.ts";
import { directories, rootFiles } from "./sections.ts";

/**
 * The TOML files of an app, relative to its directory, in the order they are read: by name, a directory where its name comes.
 * @throws AppError not_found when the directory cannot be read
 */
export async function discoverFiles(dir: string, limits: Limits, problems: Problems): Promise<string[]> {
  let entries;
  try {
    entries = await readdir(dir, { withFileTypes: true });
  } catch (error) {
    throw new AppError("not_found", `The app directory ${dir} cannot be read`, {}, { cause: error });
  }
  const files: string[] = [];
  for (const entry of entries.toSorted(byName)) {
    if (entry.isFile() && entry.name in rootFiles) files.push(entry.name);
    else if (entry.isFile() && entry.name.endsWith(".toml")) reportStranger(entry.name, problems);
    else if (entry.isDirectory() && entry.name in directories) await walk(dir, entry.name, 1, { files, limits, problems });
    else if (entry.isDirectory()) await reportMisnamed(dir, entry.name, problems);
  }
  return files;
}

async function walk(
  dir: string,
  relative: string,
  depth: number,
  to: { files: string[]; limits: Limits; problems: Problems },
): Promise<void> {
  const { files, limits, problems } = to;
  if (depth > limits.depth) {
    addProblem(problems, { code: "too_many", file: relative, message: `Directories go deeper than ${limits.depth} levels` });
    return;
  }
  const entries = await readdir(join(dir, relative), { withFileTypes: true });
  for (const entry of entries.toSorted(byName)) {
    const path = `${relative}/${entry.name}`;
    if (entry.isDirectory()) await walk(dir, path, depth + 1, to);
    else if (entry.isFile() && entry.name.endsWith(".toml")) {
      if (files.length === limits.files) {
        addProblem(problems, {
          code: "too_many",
          file: path,
          message: `The app has more than ${limits.files} TOML files; the rest was not read`,
        });
      }
      if (files.length > limits.files) return;
      files.push(path);
    }
  }
}

const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

function reportStranger(name: string, problems: Problems): void {
  const stem = name.slice(0, -".toml".length);
  const near = suggest(
    stem,
    Object.keys(rootFiles).map((file) => file.slice(0, -".toml".length)),
  );
  addProblem(problems, {
    severity: "warning",
    code: "unknown_file",
    file: name,
    message: `${name} is not a file that an app has; it is not read`,
    ...(near ? { fix: `did you mean "${near}.toml"?` } : {}),
  });
}

/** A directory that looks like one of ours and holds TOML is most likely a slip. */
async function reportMisnamed(dir: string, name: string, problems: Problems): Promise<void> {
  const near = suggest(name, Object.keys(directories));
  if (!near) return;
  const toml = (await readdir(join(dir, name))).filter((entry) => entry.endsWith(".toml")).toSorted()[0];
  if (toml === undefined) return;
  addProblem(problems, {
    severity: "warning",
    code: "unknown_file",
    file: `${name}/${toml}`,
    message: `The directory ${name}/ is not one that an app has; its files are not read`,
    fix: `did you mean "${near}/"?`,
  });
}
