import { realpath } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { AppError } from "@berth/kit/errors";
import { appConfigSchema, type AppConfig } from "./app-config.ts";
import type { Finding } from "./checks/finding.ts";
import { findProblems } from "./checks/find-problems.ts";
import { hasErrors, sortDiagnostics, type Diagnostic } from "./diagnostics.ts";
import { assembleDraft, type Draft } from "./loader/assemble.ts";
import { checkBrokenFiles } from "./loader/check-broken.ts";
import { checkForms } from "./loader/check-forms.ts";
import { discoverFiles } from "./loader/discover.ts";
import { interpretDocument } from "./loader/interpret.ts";
import { defaultLimits, type Limits } from "./loader/limits.ts";
import type { LoadedFile } from "./loader/loaded-file.ts";
import type { Origins } from "./loader/origins.ts";
import { readModuleOutputs } from "./loader/module-outputs.ts";
import { placeFinding } from "./loader/place-finding.ts";
import { salvageNames } from "./loader/salvage-names.ts";
import { addProblem, type Problems } from "./loader/problem.ts";
import { readTextFile } from "./loader/read-file.ts";
import { resolveIncludes } from "./loader/resolve-includes.ts";
import { sectionOf } from "./loader/sections.ts";
import { linkReferences } from "./references/link.ts";
import { scanConfig } from "./references/scan-config.ts";
import { parseDocument } from "./source/document.ts";
import type { Path } from "./source/position.ts";

export type LoadOptions = {
  /** The app's directory. */
  dir: string;
  /** The app's name; that of the directory without it. */
  name?: string;
  /** Fetch nothing over the network: what is not in the cache stays an address, with a warning. */
  offline?: boolean;
  /** Where fetched includes are kept between runs; nowhere without it. */
  cacheDir?: string;
  /** Whether `file://` may read outside of the app's directory, and git includes repositories of this machine. Default `anywhere`; `app` for apps of strangers. */
  fileUrls?: "anywhere" | "app";
  limits?: Partial<Limits>;
  signal?: AbortSignal;
};

/** A file that was read: its path relative to the app's directory (or its address) and its text. */
export type LoadedText = { path: string; text: string };

export type LoadResult = {
  /** Only where there is no error. */
  config?: AppConfig;
  /** All problems, by file, line and column. */
  diagnostics: Diagnostic[];
  /** The TOML files and what they include, for quoting their lines. */
  files: LoadedText[];
  /** Addresses that were not fetched because of `offline`. A config with any is not complete. */
  unfetched: string[];
  /** Where a value of the config was written, for problems that show later; `at` is a place within its text, from 1. */
  locate(path: Path, at?: { line: number; column: number }): Place;
};

/** A place in a file; `file` as in {@link LoadedText}. */
export type Place = Pick<Diagnostic, "file" | "line" | "column" | "endLine" | "endColumn">;

/**
 * Reads an app's directory: parses and checks all its files, fetches what they include, normalizes them and checks the whole.
 * What is wrong in the files is reported, never thrown.
 * @throws AppError not_found when the directory cannot be read
 */
export async function loadApp(options: LoadOptions): Promise<LoadResult> {
  const root = await rootOf(options.dir);
  const limits = { ...defaultLimits, ...options.limits };
  const problems: Problems = { list: [] };
  const texts = new Map<string, string>();

  const paths = await discoverFiles(root, limits, problems);
  const files: LoadedFile[] = [];
  const unusable: LoadedText[] = [];
  for (const path of paths) {
    options.signal?.throwIfAborted();
    const read = readTextFile(join(root, path), limits.fileBytes);
    if ("failure" in read) {
      const reasons = {
        missing: "cannot be read",
        not_a_file: "is not a regular file",
        too_large: `is larger than ${limits.fileBytes} bytes`,
        not_text: "is not UTF-8 text",
      };
      addProblem(problems, { code: "unreadable_file", file: path, message: `${path} ${reasons[read.failure]}` });
      continue;
    }
    texts.set(path, read.text);
    const section = sectionOf(path);
    const doc = parseDocument(path, read.text);
    if (!("value" in doc)) {
      unusable.push({ path, text: read.text });
      addProblem(problems, { code: "invalid_toml", file: path, ...doc });
      continue;
    }
    // A file of nothing but comments is as good as none.
    if (!section || Object.keys(doc.value).length === 0) continue;
    const file = interpretDocument(doc, section, problems);
    if (file) files.push(file);
    else unusable.push({ path, text: read.text });
  }
  checkForms(files, problems);
  reportMissing(paths, files, problems);

  const { unfetched } = await resolveIncludes(files, { offline: false, fileUrls: "anywhere", ...options, root, limits }, problems);
  for (const file of files) for (const included of file.included.values()) texts.set(included.file, included.text);

  const origins: Origins = new WeakMap();
  const draft = assembleDraft(options.name ?? basename(root), files, origins);
  const scans = scanConfig(draft);
  linkReferences(draft, scans);
  const complete = unusable.length === 0 && files.every((file) => file.valid);
  const salvaged = salvageNames(unusable, files);
  const known = { salvaged, modules: readModuleOutputs(root, draft) };
  const findings = findProblems(draft, scans, { ...known, complete });
  problems.list.push(...findings.map((finding) => placeFinding(draft, origins, finding)));

  checkBrokenFiles(files, draft, known, origins, problems);

  const diagnostics = sortDiagnostics(problems.list);
  const result: LoadResult = {
    diagnostics,
    files: [...texts].map(([path, text]) => ({ path, text })),
    unfetched,
    locate(path, at) {
      const finding: Finding = { severity: "error", code: "", message: "", path, ...(at ? { at } : {}) };
      const { severity: _severity, code: _code, message: _message, ...place } = placeFinding(draft, origins, finding);
      return place;
    },
  };
  if (!hasErrors(diagnostics)) result.config = finish(draft);
  return result;
}

async function rootOf(dir: string): Promise<string> {
  try {
    return await realpath(resolve(dir));
  } catch (error) {
    throw new AppError("not_found", `The app directory ${dir} cannot be read`, {}, { cause: error });
  }
}

function reportMissing(paths: readonly string[], files: readonly LoadedFile[], problems: Problems): void {
  for (const path of ["metadata.toml", "sandbox.toml", "runner.toml"]) {
    if (files.some((file) => file.doc.file === path) || problems.list.some((problem) => problem.file === path)) continue;
    const message = paths.includes(path) ? `${path} is empty; an app needs it` : `${path} is missing; an app needs it`;
    addProblem(problems, { code: "missing_file", file: path, message });
  }
}

/** Leaves out what is undefined and makes sure that the result is what others are promised. */
function finish(draft: Draft): AppConfig {
  const parsed = appConfigSchema.safeParse(JSON.parse(JSON.stringify(draft)));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new AppError("internal", `The config was normalized wrongly at ${issue?.path.join(".") ?? "?"}: ${issue?.message ?? "unknown"}`);
}
