import type { Draft } from "../loader/assemble.ts";
import type { Scan } from "../references/scan.ts";
import type { Finding, Report } from "./finding.ts";

const allowed = new Set(["inputs", "org", "app", "id", "name"]);

/** Nested stacks are ordered, and read only what is known before anything runs. */
export function checkStack(draft: Draft, scans: readonly Scan[], report: Report): void {
  const { stack } = draft;
  if (!stack) return;
  const seen = new Map<number, string>();
  for (const [position, nested] of stack.customNestedStacks.entries()) {
    const other = seen.get(nested.index);
    if (other !== undefined) {
      report({
        code: "duplicate_index",
        path: ["stack", "customNestedStacks", position, "index"],
        message: `"${other}" has the index ${nested.index} already`,
      });
    }
    seen.set(nested.index, nested.name);
  }
  for (const key of ["vpcNestedTemplateUrl", "runnerNestedTemplateUrl"] as const) {
    const url = stack[key];
    if (url !== undefined && stack.type !== "gcp-terraform" && !url.includes("{{") && !url.startsWith("https://")) {
      report({ code: "invalid_value", path: ["stack", key], message: "A nested template must be at an https address" });
    }
  }
  for (const scan of scans) if (scan.path[0] === "stack" && scan.path[1] === "customNestedStacks") checkParameter(scan, report);
}

function checkParameter(scan: Scan, report: Report): void {
  for (const { reference, line, column, written } of scan.found) {
    const [first = "", second] = reference.path;
    const known = allowed.has(first) || (first === "install" && (second === "id" || second === "name"));
    if (known) continue;
    const at: Finding["at"] = { line, column };
    report({
      code: "too_early",
      path: scan.path,
      at,
      message: `\`.${written.join(".")}\` is not known yet when the stack is made: only inputs, the install's id, the app and the org are`,
    });
  }
}
