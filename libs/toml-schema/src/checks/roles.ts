import type { Draft } from "../loader/assemble.ts";
import { didYouMean } from "../schema/suggest.ts";
import type { Finding, Report } from "./finding.ts";
import { roleKey, type Scope } from "./scope.ts";

const standard = ["provision", "maintenance", "deprovision"] as const;

/** The three standard roles come together and once each; every role that is used is declared. */
export function checkRoles(draft: Draft, scope: Scope, report: Report): void {
  checkStandardRoles(draft, scope, report);
  checkUses(draft, scope, report);
  checkNamedPolicies(draft, report);
  const platform = draft.runner?.runnerType;
  for (const [list, roles] of [
    [["permissions", "roles"], draft.permissions.roles],
    [["breakGlass", "roles"], draft.breakGlass.roles],
  ] as const) {
    for (const [index, { cloudPlatform }] of roles.entries()) {
      if (cloudPlatform === undefined || platform === undefined || platform === "local" || cloudPlatform === platform) continue;
      report({
        code: "wrong_platform",
        path: [...list, index, "cloudPlatform"],
        message: `The runner runs on ${platform}, so a role of ${cloudPlatform} cannot be made`,
      });
    }
  }
}

function checkStandardRoles(draft: Draft, scope: Scope, report: Report): void {
  const { roles } = draft.permissions;
  for (const type of standard) {
    const [first, second] = roles.flatMap((role, index) => (role.type === type ? [{ role, index }] : []));
    if (second) {
      report({
        code: "duplicate_role",
        path: ["permissions", "roles", second.index],
        message: `There is another ${type} role (in ${first?.role.file ?? "?"}); an app has one`,
      });
    }
    if (!first && roles.length > 0 && (scope.salvaged.roles?.size ?? 0) === 0) {
      report({
        code: "missing_role",
        path: ["permissions", "roles", 0],
        message: `There is no ${type} role; an app has one each to provision, maintain and deprovision`,
      });
    }
  }
}

/** Every place that names a role. */
function checkUses(draft: Draft, scope: Scope, report: Report): void {
  const use = (name: string | undefined, path: Finding["path"]) => {
    if (name === undefined || scope.roles.has(roleKey(name)) || isComputed(name)) return;
    const fix = didYouMean(roleKey(name), scope.roles);
    report({
      code: "unknown_role",
      path,
      message: `No role "${name}" is declared`,
      fix: fix ?? "declare it in permissions/ or break_glass.toml",
    });
  };
  for (const [index, { operationRoles }] of draft.components.entries()) {
    for (const [position, { role }] of operationRoles.entries()) use(role, ["components", index, "operationRoles", position, "role"]);
  }
  for (const [position, { role }] of (draft.sandbox?.operationRoles ?? []).entries())
    use(role, ["sandbox", "operationRoles", position, "role"]);
  for (const [index, action] of draft.actions.entries()) {
    use(action.role, ["actions", index, "role"]);
    use(action.breakGlassRole, ["actions", index, "breakGlassRole"]);
  }
  for (const [index, { steps }] of draft.runbooks.entries()) {
    for (const [position, { role }] of steps.entries()) use(role, ["runbooks", index, "steps", position, "role"]);
  }
  for (const [index, rule] of (draft.operationRoles?.rules ?? []).entries()) {
    use(rule.role, ["operationRoles", "rules", index, "role"]);
    checkRule(rule, ["operationRoles", "rules", index], scope, report);
  }
}

/** A name that depends on more than the install itself can only be known when it is rendered. */
function isComputed(name: string): boolean {
  const rest = roleKey(name).replaceAll("{{.nuon.install.id}}", "");
  return rest.includes("{{");
}

const operations: Readonly<Record<string, readonly string[]>> = {
  sandbox: ["provision", "reprovision", "deprovision"],
  component: ["deploy", "teardown", "provision", "deprovision", "update", "reprovision"],
  action: ["trigger"],
};

function checkRule(rule: { principal: string; operation: string }, path: Finding["path"], scope: Scope, report: Report): void {
  const [, kind = "", name] = /^nuon::(sandbox|component|action)(?::(.+))?$/.exec(rule.principal.replace(/^berth::/, "nuon::")) ?? [];
  const wellFormed = kind === "sandbox" ? name === undefined : kind !== "" && name !== undefined;
  if (!wellFormed) {
    report({
      code: "invalid_principal",
      path: [...path, "principal"],
      message: `"${rule.principal}" is no principal`,
      fix: "write nuon::sandbox, nuon::component:<name> or nuon::action:<name>, with * for all names",
    });
    return;
  }
  if (!operations[kind]?.includes(rule.operation)) {
    report({
      code: "invalid_value",
      path: [...path, "operation"],
      message: `A ${kind} has no operation "${rule.operation}"`,
      fix: `one of ${operations[kind]?.join(", ") ?? ""}`,
    });
  }
  const known = kind === "component" ? scope.componentKeys : scope.actions;
  if (name === undefined || name === "*" || known.has(name)) return;
  const fix = didYouMean(name, known);
  report({ code: `unknown_${kind}`, path: [...path, "principal"], message: `There is no ${kind} "${name}"`, ...(fix ? { fix } : {}) });
}

function checkNamedPolicies(draft: Draft, report: Report): void {
  const known = new Set(draft.permissions.namedPolicies.map((policy) => policy.name));
  for (const [index, { namedPolicies }] of draft.permissions.roles.entries()) {
    for (const [position, name] of namedPolicies.entries()) {
      if (known.has(name)) continue;
      const fix = didYouMean(name, known);
      report({
        code: "unknown_policy",
        path: ["permissions", "roles", index, "namedPolicies", position],
        message: `There is no named policy "${name}"`,
        ...(fix ? { fix } : {}),
      });
    }
  }
}
