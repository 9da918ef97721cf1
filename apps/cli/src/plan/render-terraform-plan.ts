import { createColors } from "picocolors";
import { safeText } from "../output/safe-text.ts";
import { diffValue, type DiffLine } from "./value-diff.ts";

/** What a plan would do, in numbers. A replacement counts once, as itself. */
export type PlanCounts = { create: number; update: number; replace: number; delete: number; outputs: number };

type Change = {
  actions?: unknown;
  before?: unknown;
  after?: unknown;
  after_unknown?: unknown;
  before_sensitive?: unknown;
  after_sensitive?: unknown;
  replace_paths?: unknown;
};
type ResourceChange = { address?: unknown; mode?: unknown; deposed?: unknown; action_reason?: unknown; change?: Change };
type Kind = "create" | "update" | "delete" | "replace" | "read" | "forget" | "none";

const symbols: Record<Kind, string> = { create: "+", update: "~", delete: "-", replace: "-/+", read: "<=", forget: ".", none: " " };
const words: Record<Kind, string> = {
  create: "will be created",
  update: "will be changed in place",
  delete: "will be destroyed",
  replace: "will be destroyed and created again",
  read: "will be read during apply",
  forget: "will no longer be managed, and stays",
  none: "",
};

/**
 * A plan as `terraform show -json` gives it, for people: every resource and output that changes with its values before and after. Sensitive
 * values are masked, values from the customer's account cannot draw on the terminal.
 * @param input.plan the parsed JSON; anything that does not look like a plan renders as one without changes
 */
export function renderTerraformPlan(input: { plan: unknown; color: boolean }): { text: string; counts: PlanCounts } {
  const colors = createColors(input.color);
  const paint: Record<string, (text: string) => string> = { "+": colors.green, "-": colors.red, "~": colors.yellow, "-/+": colors.magenta };
  const painted = (mark: string, text: string): string => (paint[mark] ?? colors.dim)(text);
  const plan = (input.plan ?? {}) as { resource_changes?: unknown; resource_drift?: unknown; output_changes?: unknown };
  const counts: PlanCounts = { create: 0, update: 0, replace: 0, delete: 0, outputs: 0 };
  const out: string[] = [];

  const lines = (found: readonly DiffLine[], indent: number): void => {
    for (const { mark, depth, text } of found) out.push(painted(mark, `${" ".repeat(indent + depth * 4)}${mark} ${text}`));
  };

  for (const resource of listOf<ResourceChange>(plan.resource_changes)) {
    const kind = kindOf(resource.change?.actions);
    if (kind === "none" || (kind === "read" && resource.mode === "data")) continue;
    if (kind !== "read" && kind !== "forget") counts[kind]++;
    const deposed = typeof resource.deposed === "string" ? ` (deposed ${safeText(resource.deposed)})` : "";
    out.push(
      painted(
        symbols[kind],
        `  ${symbols[kind]} ${colors.bold(safeText(String(resource.address)))}${deposed} ${words[kind]}${reasonOf(resource)}`,
      ),
    );
    lines(attributes(resource.change ?? {}, kind), 6);
    out.push("");
  }

  const outputs = Object.entries((plan.output_changes ?? {}) as Record<string, Change>).filter(
    ([, change]) => kindOf(change.actions) !== "none",
  );
  if (outputs.length > 0) {
    out.push(colors.bold("  Outputs"));
    for (const [name, change] of outputs) {
      const found = diffValue(safeText(name), valueChange(change));
      lines(found, 4);
      if (found.length > 0) counts.outputs++;
    }
    out.push("");
  }

  const drift = listOf<ResourceChange>(plan.resource_drift).filter((resource) => kindOf(resource.change?.actions) !== "none");
  if (drift.length > 0) {
    out.push(colors.dim("  Changed outside of Terraform since the last apply:"));
    for (const resource of drift) out.push(colors.dim(`    ${safeText(String(resource.address))}`));
    out.push("");
  }
  out.push(`  ${colors.bold(summaryLine(counts))}`);
  return { text: `${out.join("\n")}\n`, counts };
}

/** The counts in one sentence. */
export function summaryLine(counts: PlanCounts): string {
  const parts = [
    ...(counts.create > 0 ? [`${counts.create} to create`] : []),
    ...(counts.update > 0 ? [`${counts.update} to change`] : []),
    ...(counts.replace > 0 ? [`${counts.replace} to replace`] : []),
    ...(counts.delete > 0 ? [`${counts.delete} to destroy`] : []),
    ...(counts.outputs > 0 ? [`${counts.outputs} output${counts.outputs === 1 ? "" : "s"} to change`] : []),
  ];
  return parts.length > 0 ? `Plan: ${parts.join(", ")}.` : "No changes: what stands is what is wanted.";
}

function attributes(change: Change, kind: Kind): DiffLine[] {
  const whole = diffValue("", valueChange(change));
  if (whole.length < 2) return whole;
  // The braces of the resource itself say nothing: one level up. A removed resource loses all it had, so only its name matters.
  if (kind === "delete") return [];
  return whole.slice(1, -1).map((line) => ({ ...line, depth: line.depth - 1 }));
}

function valueChange(change: Change) {
  return {
    before: change.before,
    after: change.after,
    unknown: change.after_unknown,
    sensitiveBefore: change.before_sensitive,
    sensitiveAfter: change.after_sensitive,
    forces: listOf<unknown[]>(change.replace_paths).filter((path) => Array.isArray(path)),
  };
}

/** Terraform writes a replacement as two actions, in either order. */
function kindOf(actions: unknown): Kind {
  const [first, second] = listOf<string>(actions);
  if (second !== undefined) return "replace";
  if (first === "create" || first === "update" || first === "delete" || first === "read" || first === "forget") return first;
  return "none";
}

function reasonOf(resource: ResourceChange): string {
  const reason = typeof resource.action_reason === "string" ? resource.action_reason : "";
  if (reason === "replace_because_tainted") return " (it is tainted)";
  if (reason === "replace_by_request") return " (on request)";
  if (reason.startsWith("delete_because_no")) return " (it is not in the configuration any more)";
  return "";
}

function listOf<T>(value: unknown): T[] {
  return Array.isArray(value) ? (value as T[]) : [];
}
