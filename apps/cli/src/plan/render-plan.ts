import { pathOf } from "@berth/plan/pointer";
import type { PlanAction, PlanHeader, PlanObject } from "@berth/plan/model";
import { createColors } from "picocolors";
import { safeText } from "../output/safe-text.ts";
import { diffValue, type DiffLine } from "./value-diff.ts";

/** A plan as the API gives it. */
export type ShownPlan = PlanHeader & { objects: readonly PlanObject[] };

const symbols: Readonly<Record<PlanAction, string>> = {
  create: "+",
  update: "~",
  delete: "-",
  replace: "-/+",
  read: "<=",
  forget: ".",
  none: " ",
};
const words: Readonly<Record<PlanAction, string>> = {
  create: "will be created",
  update: "will be changed in place",
  delete: "will be destroyed",
  replace: "will be destroyed and created again",
  read: "will be read during apply",
  forget: "will no longer be managed, and stays",
  none: "stays as it is",
};

/** Lines of one object, and objects of a plan, that are shown without `full`. */
const most = { lines: 40, objects: 60 };

/**
 * A plan for people: warnings first, then every object that changes with its values before and after, and a summary. Long objects are folded unless `full` is
 * set, long lines are cut at `width`. Values from the customer's account cannot draw on the terminal.
 */
export function renderPlan(input: { plan: ShownPlan; color: boolean; width?: number; full?: boolean }): string {
  const { plan, full = false } = input;
  const colors = createColors(input.color);
  const paint: Record<string, (text: string) => string> = { "+": colors.green, "-": colors.red, "~": colors.yellow, "-/+": colors.magenta };
  const painted = (mark: string, text: string): string => (paint[mark] ?? colors.dim)(text);
  const cut = (text: string): string =>
    full || input.width === undefined || text.length <= input.width ? text : `${text.slice(0, Math.max(20, input.width) - 1)}…`;
  const out: string[] = [];

  for (const { address, message } of plan.warnings) out.push(colors.yellow(cut(`  ! ${safeText(address)}: ${safeText(message)}`)));
  for (const note of plan.notes) out.push(colors.dim(cut(`  ${safeText(note)}`)));
  if (out.length > 0) out.push("");

  const inGroup = (group: PlanObject["group"]): PlanObject[] => plan.objects.filter((object) => object.group === group);
  const diff = (lines: readonly DiffLine[], indent: number): void => {
    const shown = full || lines.length <= most.lines ? lines : lines.slice(0, most.lines - 5);
    for (const { mark, depth, text } of shown) out.push(painted(mark, cut(`${" ".repeat(indent + depth * 4)}${mark} ${text}`)));
    if (shown.length < lines.length)
      out.push(colors.dim(`${" ".repeat(indent)}… ${lines.length - shown.length} more lines, --full shows them`));
  };
  const blocks = (objects: readonly PlanObject[]): void => {
    const shown = full ? objects : objects.slice(0, most.objects);
    for (const object of shown) {
      const reason = object.reason === undefined ? "" : ` (${safeText(object.reason)})`;
      const mark = symbols[object.action];
      out.push(painted(mark, `  ${mark} ${colors.bold(cut(safeText(object.address)))} ${words[object.action]}${reason}`));
      diff(attributes(object), 6);
      out.push("");
    }
    const left = objects.slice(shown.length);
    for (const { action, address } of left) out.push(painted(symbols[action], cut(`  ${symbols[action]} ${safeText(address)}`)));
    if (left.length > 0) out.push(colors.dim(`  … the values of these ${left.length} are left out, --full shows them`), "");
  };

  blocks(inGroup("objects"));
  const hooks = inGroup("hooks");
  if (hooks.length > 0) {
    out.push(colors.bold("  Hooks"));
    blocks(hooks);
  }
  const outputs = inGroup("outputs");
  if (outputs.length > 0) {
    out.push(colors.bold("  Outputs"));
    for (const object of outputs) diff(diffValue(safeText(object.address), shadowed(object)), 4);
    out.push("");
  }
  const drift = inGroup("drift");
  if (drift.length > 0) {
    out.push(colors.dim("  Changed outside of Berth since the last apply:"));
    for (const { address, action } of drift) out.push(colors.dim(cut(`    ${symbols[action]} ${safeText(address)}`)));
    out.push("");
  }
  out.push(`  ${colors.bold(safeText(plan.summary))}`);
  return `${out.join("\n")}\n`;
}

function attributes(object: PlanObject): DiffLine[] {
  const whole = diffValue("", shadowed(object));
  if (whole.length < 2) return whole;
  // The braces of the object itself say nothing: one level up. A removed object loses all it had, so only its name matters.
  if (object.action === "delete") return [];
  return whole.slice(1, -1).map((line) => ({ ...line, depth: line.depth - 1 }));
}

function shadowed(object: PlanObject) {
  const sensitive = treeOf(object.sensitive);
  return {
    before: object.before,
    after: object.after,
    unknown: treeOf(object.unknown),
    sensitiveBefore: sensitive,
    sensitiveAfter: sensitive,
    forces: (object.forces ?? []).map(pathOf),
  };
}

type Shadow = true | { [key: string]: Shadow };

/** A tree with `true` at the places that JSON pointers name. */
function treeOf(pointers: readonly string[] | undefined): Shadow {
  const root: { [key: string]: Shadow } = Object.create(null) as { [key: string]: Shadow };
  for (const pointer of pointers ?? []) {
    const path = pathOf(pointer);
    const last = path.pop();
    if (last === undefined) return true;
    let here = root;
    for (const part of path) {
      const next = here[part];
      if (next === true) break;
      here = here[part] = next ?? (Object.create(null) as { [key: string]: Shadow });
    }
    here[last] = true;
  }
  return root;
}
