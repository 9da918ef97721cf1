import { AppError } from "@berth/kit/errors";
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Node } from "yaml";

/** A chart that a kustomization inflates: where it may lie beside it. */
export type KustomizeChart = { name: string; version?: string | undefined; chartHome: string; line: number };

/** What a kustomization refers to. `kustomization` entries may be files or directories with a kustomization of their own. */
export type KustomizeReferences = {
  entries: { kind: "file" | "kustomization"; text: string; line: number }[];
  charts: KustomizeChart[];
};

/** Lists of files or directories. */
const trees = ["resources", "bases", "components"];
/** Lists of files. */
const files = ["crds", "configurations", "generators", "transformers", "validators", "patchesStrategicMerge"];
/** Lists of tables that name a file as `path`. */
const paths = ["patches", "patchesJson6902", "replacements"];
const generators = ["configMapGenerator", "secretGenerator"];

/**
 * Reads what a kustomization refers to, with lines.
 * @param where the file, for messages
 * @throws AppError `unprocessable` where it is no YAML table
 */
export function readReferences(source: string, where: string): KustomizeReferences {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, logLevel: "error" });
  const [error] = document.errors;
  if (error) throw new AppError("unprocessable", `${where} is not valid YAML: ${error.message.split("\n")[0]?.slice(0, 300)}`);
  const root: unknown = document.contents;
  const found: KustomizeReferences = { entries: [], charts: [] };
  if (root === null) return found;
  if (!isMap(root)) throw new AppError("unprocessable", `${where} is not a kustomization: it is not a table of keys`);

  const lineOf = (node: Node): number => lines.linePos(node.range?.[0] ?? 0).line;
  const textOf = (node: unknown): string | undefined => (isScalar(node) && typeof node.value === "string" ? node.value : undefined);
  const add = (kind: "file" | "kustomization", node: unknown): void => {
    const text = textOf(node);
    if (text !== undefined && text !== "") found.entries.push({ kind, text, line: lineOf(node as Node) });
  };
  const itemsOf = (table: unknown, key: string): unknown[] => {
    const list: unknown = isMap(table) ? table.get(key, true) : undefined;
    return isSeq(list) ? list.items : [];
  };
  const member = (table: unknown, key: string): unknown => (isMap(table) ? table.get(key, true) : undefined);

  for (const key of trees) for (const item of itemsOf(root, key)) add("kustomization", item);
  for (const key of files) {
    // Generators and transformers may be directories, and all of these may be written out in place.
    const kind = key === "crds" || key === "configurations" || key === "patchesStrategicMerge" ? "file" : "kustomization";
    for (const item of itemsOf(root, key)) if (!textOf(item)?.includes("\n")) add(kind, item);
  }
  for (const key of paths) for (const item of itemsOf(root, key)) add("file", member(item, "path"));
  for (const key of generators) {
    for (const item of itemsOf(root, key)) {
      add("file", member(item, "env"));
      for (const list of ["files", "envs"]) {
        for (const one of itemsOf(item, list)) {
          // `key=path` names the key that the file becomes.
          const text = textOf(one);
          if (text !== undefined) found.entries.push({ kind: "file", text: text.slice(text.indexOf("=") + 1), line: lineOf(one as Node) });
        }
      }
    }
  }
  add("file", member(member(root, "openapi"), "path"));
  const home = textOf(member(member(root, "helmGlobals"), "chartHome")) ?? "charts";
  for (const item of itemsOf(root, "helmCharts")) {
    add("file", member(item, "valuesFile"));
    for (const one of itemsOf(item, "additionalValuesFiles")) add("file", one);
    found.charts.push({
      name: textOf(member(item, "name")) ?? "",
      version: textOf(member(item, "version")),
      chartHome: home,
      line: lineOf(item as Node),
    });
  }
  for (const item of itemsOf(root, "helmChartInflationGenerator")) {
    add("file", member(item, "values"));
    const chartHome = textOf(member(item, "chartHome")) ?? home;
    found.charts.push({
      name: textOf(member(item, "chartName")) ?? "",
      version: textOf(member(item, "chartVersion")),
      chartHome,
      line: lineOf(item as Node),
    });
  }
  return found;
}

/** Whether kustomize would fetch it: an address, or a git repository in one of the short forms. */
export function isRemote(text: string): boolean {
  return /:\/\/|^git::|^[\w.-]+@[\w.-]+:|[?&](ref|version)=|^(www\.)?(github\.com|gitlab\.com|bitbucket\.org|dev\.azure\.com)[/:]|\.git(\/|$)|\w\/\/\w/i.test(
    text,
  );
}
