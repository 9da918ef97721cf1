import type { Reference } from "../config/common.ts";

/** Paths that mean the same as another. */
const aliases: readonly [from: readonly string[], to: readonly string[]][] = [
  [
    ["install", "inputs"],
    ["inputs", "inputs"],
  ],
  [["install", "sandbox"], ["sandbox"]],
  [["install", "secrets"], ["secrets"]],
  [["install", "components"], ["components"]],
  [["install", "actions"], ["actions"]],
  [
    ["app", "secrets"],
    ["app", "variables"],
  ],
];

/** Kinds of things with names, and what stands before the name. */
const named: readonly [kind: Reference["kind"], prefix: readonly string[]][] = [
  ["input", ["inputs", "inputs"]],
  ["component", ["components"]],
  ["action", ["actions", "workflows"]],
  ["secret", ["secrets"]],
  ["variable", ["app", "variables"]],
];

/** What a path of a template refers to; undefined where it does not start at `.nuon`, `.berth` or `.runbook_inputs`. */
export function canonicalReference(path: readonly string[]): Reference | undefined {
  const [root, ...rest] = path;
  if (root === "runbook_inputs") return { kind: "runbook_input", name: rest[0] ?? "*", path: [root, ...rest] };
  if (root !== "nuon" && root !== "berth") return undefined;
  const below = applyAlias(rest);
  for (const [kind, prefix] of named) {
    // Taking the whole map, or a part of the way to it, is taking any of them.
    if (below.length > 0 && prefix.every((part, index) => below[index] === undefined || below[index] === part || below[index] === "*")) {
      return { kind, name: below[prefix.length] ?? "*", path: below };
    }
  }
  if (below[0] === "sandbox") return { kind: "sandbox", name: "", path: below };
  if (below[0] === "install_stack") return stackReference(below);
  return { kind: "other", name: "", path: below };
}

function applyAlias(path: readonly string[]): string[] {
  for (const [from, to] of aliases) if (from.every((part, index) => path[index] === part)) return [...to, ...path.slice(from.length)];
  return [...path];
}

/** Inputs that the customer gave come back among the stack's outputs. */
function stackReference(path: string[]): Reference {
  if (path[1] === "outputs" && path[2] === "install_inputs") return { kind: "input", name: path[3] ?? "*", path };
  return { kind: "stack", name: path[1] === "outputs" ? (path[2] ?? "*") : "", path };
}
