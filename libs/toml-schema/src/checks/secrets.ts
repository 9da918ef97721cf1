import type { Draft } from "../loader/assemble.ts";
import type { Scan } from "../references/scan.ts";
import type { Report } from "./finding.ts";

/** A secret is read by a template, copied to Kubernetes, or at least named by a script; else the customer gives it for nothing. */
export function checkSecrets(draft: Draft, scans: readonly Scan[], report: Report): void {
  let texts: string[] | undefined;
  const named = (name: string) => {
    texts ??= textsOf([draft.components, draft.actions, draft.sandbox, draft.runbooks, draft.stack, draft.runner]);
    return texts.some((text) => text.includes(name));
  };
  for (const [index, secret] of draft.secrets.entries()) {
    if (secret.kubernetesSyncTargets.length > 0) continue;
    const referenced = scans.some((scan) =>
      scan.found.some(({ reference }) => reference.kind === "secret" && (reference.name === secret.name || reference.name === "*")),
    );
    // Its address is an output of the stack, and scripts read the store by name.
    if (referenced || named(secret.name)) continue;
    report({
      severity: "warning",
      code: "unused_secret",
      path: ["secrets", index, "name"],
      message: `Nothing refers to the secret "${secret.name}"`,
      fix: "refer to it, sync it to Kubernetes, or remove it",
    });
  }
}

function textsOf(value: unknown): string[] {
  const texts: string[] = [];
  collectTexts(value, texts);
  return texts;
}

function collectTexts(value: unknown, texts: string[]): void {
  if (typeof value === "string") texts.push(value);
  else if (typeof value === "object" && value !== null) for (const member of Object.values(value)) collectTexts(member, texts);
}
