import { maskBoth, pathsWhere } from "./mask.ts";
import type { PlanAction, PlanObject } from "./model.ts";
import { markedPaths, pointerOf, type Path } from "./pointer.ts";

type Change = {
  actions?: unknown;
  before?: unknown;
  after?: unknown;
  after_unknown?: unknown;
  before_sensitive?: unknown;
  after_sensitive?: unknown;
  replace_paths?: unknown;
  importing?: unknown;
};
type Resource = {
  address?: unknown;
  previous_address?: unknown;
  mode?: unknown;
  type?: unknown;
  deposed?: unknown;
  action_reason?: unknown;
  change?: Change;
};

const reasons: Readonly<Record<string, string>> = {
  replace_because_tainted: "it is tainted",
  replace_by_request: "on request",
};

/**
 * The objects of `terraform show -json <plan>`: resources and outputs that change, and what has drifted. A move and an import without another change are
 * updates with their reason. Sensitive values are masked as Terraform marks them, and where `hide` finds a secret that Terraform was not told is one.
 * @param hide gives back a text without the secrets in it
 */
export function terraformPlan(show: unknown, hide: Hide = (text) => text): PlanObject[] {
  const plan = asTree(show);
  return [
    ...asList(plan["resource_changes"]).flatMap((resource) => resourceObject(resource as Resource, "objects", hide)),
    ...Object.entries(asTree(plan["output_changes"])).flatMap(([name, change]) => outputObject(name, asTree(change) as Change, hide)),
    ...asList(plan["resource_drift"]).flatMap((resource) => resourceObject(resource as Resource, "drift", hide)),
  ];
}

type Hide = (text: string) => string;

function resourceObject(given: Resource, group: "objects" | "drift", hide: Hide): PlanObject[] {
  const resource = asTree(given) as Resource;
  const change = asTree(resource.change) as Change;
  const address = typeof resource.address === "string" && resource.address !== "" ? hide(resource.address) : "(unnamed)";
  const moved = typeof resource.previous_address === "string" && resource.previous_address !== resource.address;
  const imported = change.importing !== undefined && change.importing !== null;
  let action = actionOf(change.actions);
  if (action === "read" && resource.mode === "data") return [];
  const notes: string[] = [];
  if (moved) notes.push(`moved from ${hide(String(resource.previous_address))}`);
  if (imported) notes.push("imported");
  if (action === "none") {
    if (group === "drift" || notes.length === 0) return [];
    action = "update";
  }
  const why = typeof resource.action_reason === "string" ? resource.action_reason : "";
  const told = reasons[why] ?? (why.startsWith("delete_because_no") ? "it is not in the configuration any more" : undefined);
  if (told !== undefined) notes.push(told);
  const deposed = typeof resource.deposed === "string" ? ` (deposed ${resource.deposed})` : "";
  const type = typeof resource.type === "string" ? resource.type : (/([\w-]+)\.[^.]+$/.exec(address)?.[1] ?? "");
  return [
    {
      address: `${address}${deposed}`,
      group,
      action,
      type,
      ...(notes.length === 0 ? {} : { reason: notes.join("; ") }),
      ...values(change, hide),
    },
  ];
}

function outputObject(name: string, change: Change, hide: Hide): PlanObject[] {
  const action = actionOf(change.actions);
  if (action === "none" || name === "") return [];
  return [{ address: name, group: "outputs", action, type: "output", ...values(change, hide) }];
}

function values(change: Change, hide: Hide): Pick<PlanObject, "before" | "after" | "unknown" | "sensitive" | "forces"> {
  const isSecret = (text: string): boolean => hide(text) !== text;
  const masked = maskBoth({
    before: change.before ?? undefined,
    after: change.after ?? undefined,
    paths: [
      ...markedPaths(change.before_sensitive),
      ...markedPaths(change.after_sensitive),
      ...pathsWhere(change.before, isSecret),
      ...pathsWhere(change.after, isSecret),
    ],
  });
  const hidden = new Set(masked.sensitive);
  const pointer = (path: Path): string => hide(pointerOf(path));
  const unknown = markedPaths(change.after_unknown).map(pointer);
  const forces = asList(change.replace_paths)
    .filter((path) => Array.isArray(path))
    .map((path) => pointer((path as unknown[]).map(String)));
  return {
    ...(masked.before === undefined ? {} : { before: masked.before }),
    ...(masked.after === undefined ? {} : { after: masked.after }),
    ...(unknown.length === 0 ? {} : { unknown }),
    ...(hidden.size === 0 ? {} : { sensitive: [...hidden].map(hide) }),
    ...(forces.length === 0 ? {} : { forces }),
  };
}

/** Terraform writes a replacement as two actions, in either order. */
function actionOf(actions: unknown): PlanAction {
  const [first, second] = asList(actions);
  if (second !== undefined) return "replace";
  return first === "create" || first === "update" || first === "delete" || first === "read" || first === "forget" ? first : "none";
}

function asTree(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
