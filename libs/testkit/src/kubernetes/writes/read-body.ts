import { apiVersionOf } from "../kinds/kind.ts";
import { asObject, type KubeObject } from "../object.ts";
import { conform, type Problems } from "../schema/conform.ts";
import { badRequest, invalid, StatusError } from "../status-error.ts";
import { isTree, textAt, type Tree } from "../tree.ts";
import type { Target } from "./target.ts";

/** The body as an object of the target's kind: known fields only, of the right types. @throws StatusError 400, 422 */
export function readBody(target: Target, body: Tree): KubeObject {
  const { kind } = target;
  const apiVersion = apiVersionOf(kind);
  if (body["kind"] !== undefined && body["kind"] !== kind.kind) {
    throw badRequest(`${textAt(body, "kind")} in version ${JSON.stringify(body["apiVersion"])} cannot be handled as a ${kind.kind}`);
  }
  if (body["apiVersion"] !== undefined && body["apiVersion"] !== apiVersion) {
    throw badRequest(`the API version in the data (${textAt(body, "apiVersion")}) does not match the expected API version (${apiVersion})`);
  }
  const problems: Problems = { unknown: [], mistyped: [] };
  const kept = conform({ ...body, apiVersion, kind: kind.kind }, kind.shape, problems, !kind.custom);
  refuseMistyped(target, problems);
  refuseUnknown(target, problems);
  return structuredClone(asObject(isTree(kept) ? kept : {}));
}

function refuseMistyped(target: Target, problems: Problems): void {
  const [first] = problems.mistyped;
  if (!first) return;
  const { kind } = target;
  if (kind.custom) {
    const message = `Invalid value: "${first.found}": ${first.path} in body must be of type ${first.wanted}: "${first.found}"`;
    throw invalid(kind, target.name, [{ reason: "FieldValueTypeInvalid", message, field: first.path }]);
  }
  const field = `${first.owner === "" ? kind.kind : first.owner}.${first.path.replaceAll(/\[\d+\]/g, "")}`;
  throw badRequest(
    `${kind.kind} in version ${JSON.stringify(kind.version)} cannot be handled as a ${kind.kind}: json: cannot unmarshal ${first.found} into Go struct field ${field} of type ${first.wanted}`,
  );
}

function refuseUnknown(target: Target, problems: Problems): void {
  const { kind } = target;
  const list = problems.unknown.map((path) => `unknown field ${JSON.stringify(path)}`);
  if (list.length === 0 || target.fieldValidation === "Ignore") return;
  if (target.fieldValidation === "Warn") return void target.warnings.push(...list);
  const text = `strict decoding error: ${list.join(", ")}`;
  throw badRequest(
    !kind.custom ? `${kind.kind} in version ${JSON.stringify(kind.version)} cannot be handled as a ${kind.kind}: ${text}` : text,
  );
}

/** The fields that someone applies; unknown ones are refused whatever the validation. @throws StatusError 400, 500 */
export function readApplied(target: Target, body: Tree): Tree {
  const problems: Problems = { unknown: [], mistyped: [] };
  const kept = conform(body, target.kind.shape, problems, !target.kind.custom);
  const first = problems.unknown[0] ?? problems.mistyped[0]?.path;
  if (first !== undefined && (!target.kind.custom || problems.mistyped.length > 0)) {
    const what =
      problems.unknown.length > 0
        ? "field not declared in schema"
        : `expected ${problems.mistyped[0]?.wanted}, got ${problems.mistyped[0]?.found}`;
    const subject = `${target.namespace === undefined ? "" : `${target.namespace}/`}${target.name}; ${apiVersionOf(target.kind)}, Kind=${target.kind.kind}`;
    throw new StatusError(500, "", `failed to create typed patch object (${subject}): .${first}: ${what}`);
  }
  return isTree(kept) ? structuredClone(kept) : {};
}
