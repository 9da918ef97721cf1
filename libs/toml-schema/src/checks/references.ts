import type { Reference } from "../config/common.ts";
import type { Found, Scan } from "../references/scan.ts";
import { didYouMean } from "../schema/suggest.ts";
import type { Finding, Report } from "./finding.ts";
import { componentFields, outputFields, secretFields, tree } from "./known-paths.ts";
import type { Scope } from "./scope.ts";

type Problem = { code: string; message: string; fix?: string; severity?: "warning" };

/** Everything that a template refers to must exist. `runbookInputs` are those of the runbook that the text belongs to. */
export function checkScan(
  scan: Scan,
  scope: Scope,
  report: Report,
  context: { runbookInputs?: ReadonlySet<string>; owner?: string; soft?: boolean },
): void {
  const tell = (at: { line: number; column: number; written?: readonly string[] }, problem: Problem) => {
    const finding: Omit<Finding, "severity"> & { severity?: "warning" } = { path: scan.path, at: place(scan.text, at), ...problem };
    // A readme that cannot be rendered stops nothing.
    report(context.soft ? { ...finding, severity: "warning" } : finding);
  };
  if (scan.problem) tell(scan.problem, { code: "invalid_template", message: `The template is not valid: ${scan.problem.message}` });
  for (const stranger of scan.strangers) {
    tell(stranger, {
      code: "unknown_root",
      message: `Templates know \`.nuon\` (or \`.berth\`), not \`.${stranger.written.join(".")}\``,
      ...(scan.text.includes("{{") ? { fix: `to keep the braces in the text, write {{ "{{" }}` } : {}),
    });
  }
  for (const found of scan.found) {
    const problem = judge(found, scope, context);
    if (problem) tell(found, found.optional ? { ...problem, severity: "warning" } : problem);
  }
}

function judge(found: Found, scope: Scope, context: { runbookInputs?: ReadonlySet<string>; owner?: string }): Problem | undefined {
  const { kind, name, path } = found.reference;
  if (name === "*") return undefined;
  switch (kind) {
    case "input":
      return unknown("input", name, scope.inputs, "declare it in inputs.toml");
    case "secret":
      return (
        unknown("secret", name, scope.secrets, "declare it in secrets.toml") ??
        unknownField(path, 2, secretFields, `a secret's`, "unknown_secret_field")
      );
    case "action":
      return unknown("action", name, scope.actions);
    case "component":
      return judgeComponent(found.reference, scope, context.owner);
    case "runbook_input":
      return context.runbookInputs
        ? unknown("runbook input", name, context.runbookInputs, "declare it with [[input]] in the runbook")
        : unknownRunbookInput(name);
    case "sandbox":
      if (path[1] === "outputs" && scope.modules.sandbox)
        return unknownModuleOutput(path[2], scope.modules.sandbox, "the sandbox's module");
      return judgeTree(path);
    case "other":
    case "stack":
    case "variable":
      return judgeTree(path);
    default:
      return undefined;
  }
}

function unknown(what: string, name: string, known: ReadonlySet<string>, otherwise?: string): Problem | undefined {
  if (known.has(name)) return undefined;
  const fix = didYouMean(name, known) ?? otherwise;
  return { code: `unknown_${what.replace(" ", "_")}`, message: `There is no ${what} "${name}"`, ...(fix ? { fix } : {}) };
}

function unknownRunbookInput(name: string): Problem {
  return { code: "unknown_runbook_input", message: `\`.runbook_inputs.${name}\` exists only in runbooks` };
}

/** Old readmes ask the whole map for these two. */
const oldShape = new Set(["populated", "components"]);

function judgeComponent({ name, path }: Reference, scope: Scope, owner: string | undefined): Problem | undefined {
  if (oldShape.has(name) && !scope.componentKeys.has(name)) return undefined;
  const missing = unknown("component", name, scope.componentKeys);
  if (missing) return missing;
  const component = scope.components.get(name);
  if (!component) return undefined;
  if (component.name === owner)
    return { code: "self_reference", message: `The component "${owner}" refers to itself; its outputs do not exist while it is planned` };
  if (path[2] !== "outputs") return unknownField(path, 2, componentFields, "a component's", "unknown_path", "warning");
  const module = scope.modules.components.get(component.name);
  if (module) return unknownModuleOutput(path[3], module, `the module of "${component.name}"`);
  const outputs = outputFields[component.type];
  const first = unknownField(path, 3, outputs?.first, `the outputs of a ${component.type} component:`, "unknown_output");
  return first ?? (path[3] === "image" ? unknownField(path, 4, outputs?.image, "an image's", "unknown_output") : undefined);
}

/** A warning only: what is built is what the repository has, not what lies here. */
function unknownModuleOutput(output: string | undefined, known: ReadonlySet<string>, whose: string): Problem | undefined {
  if (output === undefined || output === "*" || known.has(output)) return undefined;
  const fix = didYouMean(output, known);
  return { severity: "warning", code: "unknown_output", message: `There is no output "${output}" in ${whose}`, ...(fix ? { fix } : {}) };
}

function unknownField(
  path: readonly string[],
  index: number,
  known: ReadonlySet<string> | undefined,
  whose: string,
  code: string,
  severity?: "warning",
): Problem | undefined {
  const field = path[index];
  if (!known || field === undefined || field === "*" || known.has(field)) return undefined;
  const fix = didYouMean(field, known) ?? `there are ${[...known].join(", ")}`;
  return { code, message: `"${field}" is not one of ${whose} fields`, fix, ...(severity ? { severity } : {}) };
}

/** The fixed part of the tree: a wrong first step cannot work; further down we may not know everything that is there. */
function judgeTree(path: readonly string[]): Problem | undefined {
  const [first, second] = path;
  if (first === undefined || first === "*") return undefined;
  if (!Object.hasOwn(tree, first)) {
    const fix = didYouMean(first, Object.keys(tree));
    return { code: "unknown_path", message: `There is no \`.nuon.${first}\``, ...(fix ? { fix } : {}) };
  }
  const below = tree[first];
  if (!below || second === undefined || second === "*" || below.has(second)) return undefined;
  const fix = didYouMean(second, below);
  return { code: "unknown_path", message: `\`.nuon.${first}.${second}\` is not known here`, severity: "warning", ...(fix ? { fix } : {}) };
}

/** The stretch of the path as it is written, as far as it is one word. */
function place(text: string, at: { line: number; column: number }): NonNullable<Finding["at"]> {
  const line = text.split("\n", at.line)[at.line - 1] ?? "";
  const word = /^[.$]?[\w.]+/.exec(line.slice(at.column - 1))?.[0];
  return { line: at.line, column: at.column, ...(word ? { length: word.length } : {}) };
}
