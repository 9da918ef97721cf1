import { readFile, realpath, stat } from "node:fs/promises";
import { join, posix, sep } from "node:path";
import { AppError } from "@berth/kit/errors";
import { isRemote, readReferences, type KustomizeChart } from "./references.ts";

/** Names of the file that makes a directory a kustomization. */
const fileNames = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
const mostBytes = 1024 * 1024;
const mostKustomizations = 500;

/**
 * Follows a kustomization through the tree that gets packed: nothing may be missing, lie outside of it, or have to be fetched when it is deployed.
 * @param input.root the tree; `path` is the kustomization's directory in it
 * @param input.shown the tree's directory in its repository, for messages
 * @returns how many kustomizations take part
 * @throws AppError `unprocessable` that names file, line and a way out
 */
export async function checkKustomization(input: {
  root: string;
  path: string;
  shown: string;
  enableHelm: boolean;
  signal: AbortSignal;
}): Promise<number> {
  const root = await realpath(input.root);
  const seen = new Set<string>();
  await visit(input.path, undefined);
  return seen.size;

  async function visit(path: string, from: string | undefined): Promise<void> {
    input.signal.throwIfAborted();
    const file = await kustomizationIn(path);
    if (file === undefined) {
      const place = shownPath(path);
      throw new AppError(
        "unprocessable",
        from === undefined
          ? `There is no kustomization.yaml in "${place}": kustomize.path is relative to the repository's directory "${input.shown || "."}"`
          : `${from}: there is no kustomization.yaml in "${place}"`,
      );
    }
    if (seen.has(file)) return;
    seen.add(file);
    if (seen.size > mostKustomizations)
      throw new AppError("too_large", `The kustomization takes in more than ${mostKustomizations} others`);
    const { size } = await stat(join(root, file));
    if (size > mostBytes) throw new AppError("too_large", `${shownPath(file)} has more than ${mostBytes} bytes`);
    const { entries, charts } = readReferences(await readFile(join(root, file), "utf8"), shownPath(file));
    for (const { kind, text, line } of entries) {
      const at = `${shownPath(file)}:${line}`;
      const target = /:\/\//.test(text) ? undefined : await placeOf(posix.join(path, text), at);
      if (target === undefined) throw missing(text, at);
      if (!target.directory) continue;
      if (kind === "file") throw new AppError("unprocessable", `${at}: ${JSON.stringify(text)} is a directory, not a file`);
      await visit(target.path, at);
    }
    for (const chart of charts) await checkChart(path, file, chart);
  }

  function missing(text: string, at: string): AppError {
    const shown = JSON.stringify(text.slice(0, 300));
    return new AppError(
      "unprocessable",
      isRemote(text)
        ? `${at}: ${shown} would be fetched in the customer's account when it is deployed, which may have changed by then or not be reachable. Copy it into the repository and refer to the copy.`
        : `${at}: ${shown} is not there`,
    );
  }

  async function checkChart(path: string, file: string, chart: KustomizeChart): Promise<void> {
    const at = `${shownPath(file)}:${chart.line}`;
    const { name, version, chartHome } = chart;
    if (!input.enableHelm)
      throw new AppError(
        "unprocessable",
        `${at}: chart ${JSON.stringify(name)} is only inflated with \`enable_helm = true\` in [kustomize]`,
      );
    const places = [posix.join(chartHome, name), ...(version === undefined ? [] : [posix.join(chartHome, `${name}-${version}`, name)])];
    for (const place of places) {
      if ((await placeOf(posix.join(path, place, "Chart.yaml"), at)) !== undefined) return;
    }
    throw new AppError(
      "unprocessable",
      `${at}: chart ${JSON.stringify(name)} would be fetched in the customer's account when it is deployed. Put it into the repository: \`helm pull --untar -d ${chartHome} …\`, or make it a helm_chart component.`,
    );
  }

  async function kustomizationIn(path: string): Promise<string | undefined> {
    for (const name of fileNames) {
      const found = await placeOf(posix.join(path, name), shownPath(path));
      if (found && !found.directory) return found.path;
    }
    return undefined;
  }

  /** Where a path leads in the tree, links followed; undefined where nothing is. */
  async function placeOf(path: string, at: string): Promise<{ path: string; directory: boolean } | undefined> {
    const outside = (): AppError =>
      new AppError(
        "unprocessable",
        `${at}: ${JSON.stringify(path.slice(0, 300))} leads out of "${input.shown || "."}", the directory of the repository that is packed. Name a directory above both in the repository's block, and the rest in kustomize.path.`,
      );
    const plain = posix.normalize(path);
    if (plain === ".." || plain.startsWith("../") || plain.startsWith("/")) throw outside();
    const real = await realpath(join(root, plain)).catch(() => undefined);
    if (real === undefined) return undefined;
    if (real !== root && !real.startsWith(`${root}${sep}`)) throw outside();
    return {
      path: real
        .slice(root.length + 1)
        .split(sep)
        .join("/"),
      directory: (await stat(real)).isDirectory(),
    };
  }

  function shownPath(path: string): string {
    return posix.join(input.shown, path) || ".";
  }
}
