import { fetchGit } from "./fetch-git.ts";
import { fetchHttp, type Fetched } from "./fetch-http.ts";
import { openIncludeCache } from "./include-cache.ts";
import { includeSource, withoutCredentials, type IncludeSource } from "./include-source.ts";
import type { Limits } from "./limits.ts";
import { documentPath, type IncludeRequest, type LoadedFile } from "./loaded-file.ts";
import { addProblem, type Problems } from "./problem.ts";
import { resolveAbsolute, resolveRelative, type Resolved } from "./resolve-local.ts";
import { pathKey } from "../source/toml-ast.ts";

export type IncludeOptions = {
  /** The app's directory, as its real path. */
  root: string;
  limits: Limits;
  offline: boolean;
  fileUrls: "anywhere" | "app";
  cacheDir?: string;
  signal?: AbortSignal;
};

const freshMs = 5 * 60_000;
const atOnce = 8;

/** Puts the contents of all included files beside their places, and reports what cannot be had. */
export async function resolveIncludes(
  files: readonly LoadedFile[],
  options: IncludeOptions,
  problems: Problems,
): Promise<{ unfetched: string[] }> {
  const cache = openIncludeCache(options.cacheDir);
  const remote = new Map<string, Promise<Fetched | "offline">>();
  const unfetched = new Set<string>();
  let total = 0;

  function fetchRemote(source: IncludeSource & { kind: "http" | "git" }, address: string): Promise<Fetched | "offline"> {
    let pending = remote.get(address);
    if (!pending) remote.set(address, (pending = fetchOnce(source, address)));
    return pending;
  }

  async function fetchOnce(source: IncludeSource & { kind: "http" | "git" }, address: string): Promise<Fetched | "offline"> {
    const pinned = source.kind === "git" && /^[0-9a-f]{40}$/.test(source.ref ?? "");
    const cached = await cache.get(address, options.offline || pinned ? Infinity : freshMs);
    if (cached !== undefined) return { text: cached };
    if (options.offline) return "offline";
    const bounds = { maxBytes: options.limits.includeBytes, ...(options.signal ? { signal: options.signal } : {}) };
    const fetched =
      source.kind === "http"
        ? await fetchHttp({ url: source.url, timeoutMs: options.limits.httpMs, ...bounds })
        : await fetchGit({ ...source, timeoutMs: options.limits.gitMs, allowFile: options.fileUrls === "anywhere", ...bounds });
    if ("text" in fetched) await cache.put(address, fetched.text);
    return fetched;
  }

  async function resolveOne(file: LoadedFile, request: IncludeRequest): Promise<Resolved | "literal"> {
    const source = includeSource(request.text);
    const maxBytes = options.limits.includeBytes;
    const { root } = options;
    if (source.kind === "literal") return suspicious(request.text) ?? "literal";
    if (source.kind === "invalid")
      return { problem: { code: "include_invalid", message: `${withoutCredentials(request.text)} cannot be included: ${source.reason}` } };
    if (source.kind === "relative")
      return resolveRelative({ root, from: file.doc.file, bases: file.section.bases, path: source.path, maxBytes });
    if (source.kind === "file") return resolveAbsolute({ root, path: source.path, anywhere: options.fileUrls === "anywhere", maxBytes });
    const shown = withoutCredentials(request.text);
    const fetched = await fetchRemote(source, request.text);
    if (fetched === "offline") {
      unfetched.add(shown);
      return {
        problem: {
          code: "include_not_fetched",
          message: `${shown} was not fetched, because this run is offline; its contents are not checked`,
        },
      };
    }
    if ("failure" in fetched) return { problem: { code: "include_failed", message: `${shown} cannot be fetched: ${fetched.failure}` } };
    return { file: shown, text: fetched.text };
  }

  async function resolve(file: LoadedFile, request: IncludeRequest): Promise<void> {
    options.signal?.throwIfAborted();
    const resolved = await resolveOne(file, request);
    if (resolved === "literal") return;
    const place = { file: file.doc.file, ...file.doc.locate(documentPath(file, request.path), "value") };
    if ("problem" in resolved) {
      const harmless = resolved.problem.code === "include_not_fetched" || resolved.problem.code === "not_included";
      addProblem(problems, { ...place, ...resolved.problem, severity: harmless ? "warning" : "error" });
      return;
    }
    total += resolved.text.length;
    if (total > options.limits.totalIncludeBytes) {
      addProblem(problems, {
        ...place,
        code: "include_too_large",
        message: `All included files together are larger than ${options.limits.totalIncludeBytes} bytes`,
      });
      return;
    }
    file.included.set(pathKey(request.path), resolved);
  }

  const queue = files.flatMap((file) => file.requests.map((request) => ({ file, request })));
  let next = 0;
  const worker = async () => {
    for (let item = queue[next++]; item; item = queue[next++]) await resolve(item.file, item.request);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return { unfetched: [...unfetched].toSorted() };
}

/** A path that would be taken as text: most likely a forgotten `./`. */
function suspicious(text: string): Resolved | undefined {
  const looksLikePath = /^(\.\.?\/|\/)?[\w.-]+(\/[\w.-]+)*\.(ya?ml|json|tfvars|sh|py|rego|md)$/.test(text) || /^\.\.\/\S+$/.test(text);
  if (!looksLikePath) return undefined;
  return {
    problem: {
      code: "not_included",
      message: `"${text}" is taken as text, not as a file: only what starts with ./ is looked up`,
      fix:
        text.startsWith("../") || text.startsWith("/")
          ? "write a path within the app's directory that starts with ./"
          : `did you mean "./${text}"?`,
    },
  };
}
