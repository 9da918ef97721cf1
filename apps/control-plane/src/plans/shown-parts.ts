import { isDeepStrictEqual } from "node:util";

/** The parts of `terraform show -json` that are shown. */
export type ShownPlan = {
  format_version?: unknown;
  terraform_version?: unknown;
  errored?: unknown;
  resource_changes: unknown[];
  resource_drift: unknown[];
  output_changes: Record<string, unknown>;
};

type Tree = Record<string, unknown>;

/** Stands where a sensitive value was. */
export const masked = "(sensitive value)";
/** Stands where a sensitive value will be another one, so that a comparison sees the change. */
export const maskedChanged = "(sensitive value, changed)";

/**
 * The parts of a plan's JSON that tell what it would change, with every value masked that Terraform marks as sensitive. Variables, prior state, planned
 * values and configuration repeat the same values without being needed, so they are left out.
 */
export function shownParts(plan: unknown): ShownPlan {
  const tree = asTree(plan);
  return {
    format_version: tree["format_version"],
    terraform_version: tree["terraform_version"],
    errored: tree["errored"],
    resource_changes: asList(tree["resource_changes"]).map(maskResource),
    resource_drift: asList(tree["resource_drift"]).map(maskResource),
    output_changes: Object.fromEntries(Object.entries(asTree(tree["output_changes"])).map(([name, change]) => [name, maskChange(change)])),
  };
}

function maskResource(resource: unknown): unknown {
  const tree = asTree(resource);
  return { ...tree, change: maskChange(tree["change"]) };
}

function maskChange(change: unknown): unknown {
  const tree = asTree(change);
  const shown: Tree = { ...tree };
  if ("before" in tree) shown["before"] = mask(tree["before"], tree["before_sensitive"]);
  if ("after" in tree) shown["after"] = mask(tree["after"], tree["after_sensitive"], { before: tree["before"] });
  delete shown["generated_config"];
  return shown;
}

/**
 * @param marks `true` where the whole value is sensitive, else a tree of the value's shape with `true` at the sensitive places
 * @param earlier what stands at the same place before the change, where there is something to compare with
 */
function mask(value: unknown, marks: unknown, earlier?: { before: unknown }): unknown {
  if (marks === true) {
    if (value === null || value === undefined) return value;
    return earlier && !isDeepStrictEqual(value, earlier.before) ? maskedChanged : masked;
  }
  const before = earlier?.before;
  if (Array.isArray(value)) {
    const list = asList(marks);
    return value.map((item, index) => mask(item, list[index], earlier && { before: asList(before)[index] }));
  }
  if (typeof value === "object" && value !== null) {
    const [tree, old] = [asTree(marks), asTree(before)];
    const at = (from: Tree, key: string): unknown => (Object.hasOwn(from, key) ? from[key] : undefined);
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, mask(item, at(tree, key), earlier && { before: at(old, key) })]),
    );
  }
  return value;
}

function asTree(value: unknown): Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Tree) : {};
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
