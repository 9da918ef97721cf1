import type { Finding } from "../checks/finding.ts";
import { checkScan } from "../checks/references.ts";
import { scopeOf, type Salvaged } from "../checks/scope.ts";
import { scanStrings, type Scan } from "../references/scan.ts";
import { asTable } from "../source/table.ts";
import type { Draft } from "./assemble.ts";
import type { ModuleOutputs } from "./module-outputs.ts";
import type { LoadedFile } from "./loaded-file.ts";
import type { Origins } from "./origins.ts";
import { placeFinding } from "./place-finding.ts";
import type { Problems } from "./problem.ts";
import { substituteIncludes } from "./substitute.ts";

/** Files that do not fit their schema are no part of the config, but their templates can be judged all the same. */
export function checkBrokenFiles(
  files: readonly LoadedFile[],
  draft: Draft,
  known: { salvaged: Salvaged; modules: ModuleOutputs },
  origins: Origins,
  problems: Problems,
): void {
  const scope = scopeOf(draft, known);
  for (const file of files) {
    if (file.valid || /^(policies|metadata)/.test(file.doc.file)) continue;
    const raw = substituteIncludes(file);
    origins.set(raw, { file, path: [] });
    const scans: Scan[] = [];
    scanStrings(raw, [], new Set(["readme"]), scans);
    const report = (finding: Omit<Finding, "severity"> & { severity?: "warning" }) => {
      problems.list.push(placeFinding(raw, origins, { severity: "error", ...finding }));
    };
    const context = contextOf(file);
    for (const scan of scans) checkScan(scan, scope, report, context);
  }
}

function contextOf(file: LoadedFile): Parameters<typeof checkScan>[3] {
  const { name, input } = file.raw;
  if (file.doc.file.startsWith("components/") && typeof name === "string") return { owner: name };
  if (!file.doc.file.startsWith("runbooks/")) return {};
  const names = Array.isArray(input) ? input.map((entry) => String(asTable(entry)?.["name"])) : [];
  return { runbookInputs: new Set(names) };
}
