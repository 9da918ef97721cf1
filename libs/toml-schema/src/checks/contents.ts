import { LineCounter, parseAllDocuments } from "yaml";
import type { Draft } from "../loader/assemble.ts";
import { positionAt } from "../source/position.ts";
import type { Finding, Report } from "./finding.ts";

/** Text in a known language parses, as far as it is not made by a template. */
export function checkContents(draft: Draft, report: Report): void {
  for (const [index, component] of draft.components.entries()) {
    const path = ["components", index];
    if (component.type === "kubernetes_manifest") checkYaml(component.manifest, [...path, "manifest"], report);
    if (component.type === "helm_chart") {
      for (const [file, text] of component.valuesFiles.entries()) checkYaml(text, [...path, "valuesFiles", file], report);
    }
  }
  for (const [index, policy] of draft.policies.entries()) {
    const path = ["policies", index, "contents"];
    if (policy.engine === "kyverno") checkYaml(policy.contents, path, report);
    else if (!policy.contents.split("\n").some((line) => /^[ \t]*package[ \t]+\S/.test(line)))
      report({ code: "invalid_rego", path, message: "The policy has no `package` line, so it is not Rego" });
  }
  for (const [index, { namedPolicies: _named, policies, permissionsBoundary }] of draft.permissions.roles.entries()) {
    const path = ["permissions", "roles", index];
    checkJson(permissionsBoundary, [...path, "permissionsBoundary"], report);
    for (const [position, { contents }] of policies.entries()) checkJson(contents, [...path, "policies", position, "contents"], report);
  }
  for (const [index, { policies, permissionsBoundary }] of draft.breakGlass.roles.entries()) {
    const path = ["breakGlass", "roles", index];
    checkJson(permissionsBoundary, [...path, "permissionsBoundary"], report);
    for (const [position, { contents }] of policies.entries()) checkJson(contents, [...path, "policies", position, "contents"], report);
  }
  for (const [index, { contents }] of draft.permissions.namedPolicies.entries())
    checkJson(contents, ["permissions", "namedPolicies", index, "contents"], report);
}

/** An address that was not fetched says nothing about its contents. */
const isAddress = (text: string) => /^(https?:|git::|file:)\S*$/.test(text);

function checkYaml(text: string | undefined, path: Finding["path"], report: Report): void {
  if (text === undefined || text.includes("{{") || isAddress(text)) return;
  const problem = yamlProblem(text);
  if (problem) report({ code: "invalid_yaml", path, ...problem });
}

function yamlProblem(text: string): { message: string; at?: NonNullable<Finding["at"]> } | undefined {
  const lineCounter = new LineCounter();
  try {
    const documents = parseAllDocuments(text, { lineCounter, logLevel: "silent", prettyErrors: false, uniqueKeys: true });
    for (const { errors } of "empty" in documents ? [] : documents) {
      const [error] = errors;
      if (!error) continue;
      const { line, col } = lineCounter.linePos(error.pos[0]);
      return { at: { line, column: col }, message: `The YAML is not valid: ${error.message}` };
    }
    return undefined;
  } catch {
    // The parser goes down as deep as the text does.
    return { message: "The YAML is not valid: it is nested too deeply" };
  }
}

function checkJson(text: string | undefined, path: Finding["path"], report: Report): void {
  if (text === undefined || text.trim() === "" || text.includes("{{") || isAddress(text)) return;
  try {
    JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : "";
    const offset = /position (\d+)/.exec(reason)?.[1];
    const at = offset === undefined ? undefined : positionAt(text, Number(offset));
    report({
      code: "invalid_json",
      path,
      ...(at ? { at } : {}),
      message: `The JSON is not valid: ${reason.split(" in JSON")[0] ?? reason}`,
    });
  }
}
