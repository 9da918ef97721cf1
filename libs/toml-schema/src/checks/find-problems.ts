import type { Draft } from "../loader/assemble.ts";
import type { ModuleOutputs } from "../loader/module-outputs.ts";
import type { Scan } from "../references/scan.ts";
import { checkActions } from "./actions.ts";
import { checkContents } from "./contents.ts";
import { checkContexts } from "./contexts.ts";
import { checkDelivery } from "./delivery.ts";
import { checkDependencies } from "./dependencies.ts";
import { checkDuplicates } from "./duplicates.ts";
import type { Finding, Report } from "./finding.ts";
import { checkImages } from "./images.ts";
import { checkInputs } from "./inputs.ts";
import { checkInstalls } from "./installs.ts";
import { checkPolicies } from "./policies.ts";
import { checkScan } from "./references.ts";
import { checkRepos } from "./repos.ts";
import { checkRoles } from "./roles.ts";
import { checkRunbooks } from "./runbooks.ts";
import { checkSchedules } from "./schedules.ts";
import { scopeOf, type Salvaged } from "./scope.ts";
import { checkSecrets } from "./secrets.ts";
import { checkStack } from "./stack.ts";
import { checkTimeouts } from "./timeouts.ts";

/** Nobody reads more, and a config made to have millions must not exhaust us. */
const mostFindings = 2000;
const tooMany: Finding = {
  severity: "error",
  code: "too_many",
  path: [],
  message: `There are more than ${mostFindings} problems; the rest is not shown`,
};

/** Every check on a whole config. `salvaged` names what files with errors would have declared; with any such file the config is not `complete`.
 * `modules` are the outputs of modules that could be looked at. */
export function findProblems(
  draft: Draft,
  scans: readonly Scan[],
  input: { salvaged?: Salvaged; modules?: ModuleOutputs; complete: boolean },
): Finding[] {
  const findings: Finding[] = [];
  const report: Report = (finding) => {
    if (findings.length < mostFindings) findings.push({ severity: "error", ...finding });
    else if (findings.length === mostFindings) findings.push(tooMany);
  };
  const scope = scopeOf(draft, input);
  for (const scan of scans) checkScan(scan, scope, report, contextOf(draft, scan));
  checkDuplicates(draft, report);
  checkDependencies(draft, scans, scope, report);
  checkActions(draft, scope, report);
  checkSchedules(draft, report);
  checkTimeouts(draft, report);
  checkRoles(draft, scope, report);
  checkInputs(draft, scans, scope, report, input.complete);
  if (input.complete) checkSecrets(draft, scans, report);
  checkStack(draft, scans, report);
  checkPolicies(draft, scope, report);
  checkContexts(draft, scope, report);
  checkRunbooks(draft, scope, report);
  checkDelivery(draft, scope, report);
  checkInstalls(draft, scope, report);
  checkRepos(draft, report);
  checkImages(draft, report);
  checkContents(draft, report);
  return findings;
}

function contextOf(draft: Draft, scan: Scan): Parameters<typeof checkScan>[3] {
  const [part, index] = scan.path;
  if (scan.path.at(-1) === "readme") return { soft: true, ...(part === "runbooks" ? { runbookInputs: new Set<string>() } : {}) };
  if (typeof index !== "number") return {};
  if (part === "components") return { owner: draft.components[index]?.name ?? "" };
  if (part === "runbooks") return { runbookInputs: new Set(draft.runbooks[index]?.inputs.map((one) => one.name)) };
  return {};
}
