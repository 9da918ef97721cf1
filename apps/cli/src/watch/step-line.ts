import { summaryLine } from "@berth/plan/header";
import { safeLines, safeText } from "../output/safe-text.ts";
import { took } from "../output/time.ts";
import type { Io } from "../io.ts";
import type { Step } from "../resolve/workflow.ts";

type Colors = Io["colors"];

/** What became of a step, as one line (and the reason below it where it failed). Undefined for states that say nothing yet. */
export function stepLine(step: Step, colors: Colors): string | undefined {
  const name = safeText(step.key);
  const time = colors.dim(took(step.startedAt, step.finishedAt));
  const again = step.attempt > 1 ? colors.dim(` (attempt ${step.attempt})`) : "";
  const note = step.note ? colors.dim(`  ${safeText(step.note)}`) : "";
  switch (step.state) {
    case "pending":
      return undefined;
    case "running":
      return `${colors.cyan("…")} ${name}${again}`;
    case "awaiting_approval":
      return `${colors.yellow("?")} ${name}${again}  ${colors.yellow("waits for a decision")}${planNumbers(step)}`;
    case "succeeded":
      return `${colors.green("✓")} ${name}${again}  ${time}${step.plan?.hasChanges ? planNumbers(step) : ""}${note}`;
    case "skipped":
      return `${colors.dim("-")} ${name}  ${colors.dim("skipped")}${note}`;
    case "not_attempted":
      return `${colors.dim("-")} ${name}  ${colors.dim("not attempted")}${note}`;
    case "denied":
      return `${colors.red("✗")} ${name}  ${colors.red("denied")}${note}`;
    case "cancelled":
      return `${colors.yellow("✗")} ${name}  ${colors.yellow("cancelled")}${note}`;
    case "failed":
      return `${colors.red("✗")} ${name}${again}  ${colors.red("failed")}  ${time}${failureText(step.failure)}`;
  }
}

/** A failure's reason and its detail, indented below the line it belongs to. */
export function failureText(failure: Step["failure"]): string {
  if (!failure) return "";
  const detail = safeLines(failure.detail).trimEnd().split("\n");
  return `  ${failure.reason}\n${detail.map((line) => `      ${line}`).join("\n")}`;
}

function planNumbers(step: Step): string {
  if (!step.plan) return "";
  const { create, update, replace, delete: remove, outputsChanged, hasChanges } = step.plan;
  if (!hasChanges) return "  no changes";
  return `  ${summaryLine({ create, update, replace, delete: remove, outputs: outputsChanged.length }).replace(/^Plan: |\.$/g, "")}`;
}
