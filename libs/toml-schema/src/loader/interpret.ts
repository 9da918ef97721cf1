import { z } from "zod";
import { componentFields } from "../kinds/component-common.ts";
import { componentKinds } from "../kinds/components.ts";
import type { Kind, Report } from "../kinds/kind.ts";
import { permissionPolicy } from "../kinds/permissions.ts";
import { explainIssue } from "../schema/explain-issue.ts";
import { didYouMean, suggest } from "../schema/suggest.ts";
import { fieldAt, memberSchema, walkValue } from "../schema/walk.ts";
import { type Document, valueAt } from "../source/document.ts";
import type { Path } from "../source/position.ts";
import { asTable, type Table } from "../source/table.ts";
import { checkHeader } from "./check-header.ts";
import { documentPath, type LoadedFile } from "./loaded-file.ts";
import { addProblem, type Problems } from "./problem.ts";
import type { Section } from "./sections.ts";

/** Checks a document against the schema of its place, reports all that is wrong, and says what is to be included. */
export function interpretDocument(doc: Document, section: Section, problems: Problems): LoadedFile | undefined {
  const flat = doc.file.startsWith("components/") ? flatten(doc) : { raw: doc.value };
  const found = kindOf(doc, section, flat.raw, problems);
  if (!found) return undefined;
  const { kind, meant } = found;
  const file: LoadedFile = { doc, section, kind, valid: true, requests: [], included: new Map(), ...flat };
  if (meant !== undefined) {
    file.raw = { ...file.raw, type: meant };
    file.valid = false;
  }
  const report: Report = (path, { part, ...problem }) => {
    const span = doc.locate(documentPath(file, path), part);
    addProblem(problems, { file: doc.file, ...span, ...problem });
    if (problem.severity !== "warning") file.valid = false;
  };
  if (file.nested !== undefined) {
    report([file.nested], {
      severity: "warning",
      code: "deprecated_key",
      message: `\`[${file.nested}]\` around the keys of a component is an old form`,
      fix: `write its keys at the top of the file, with type = "${file.nested}"`,
    });
  }
  checkHeader(doc, kind, report);
  checkShape(file, report);
  kind.rules?.(file.raw, report);
  checkListedTwice(file, report);
  checkKeys(file, report);
  return file;
}

/** The old form has all keys of a type in a table of its name. */
function flatten(doc: Document): { raw: Table; nested?: string } {
  for (const key of Object.keys(componentKinds)) {
    const nested = asTable(doc.value[key]);
    if (nested) {
      const { [key]: _nested, ...rest } = doc.value;
      return { raw: { type: key, ...nested, ...rest }, nested: key };
    }
  }
  return { raw: doc.value };
}

/** The kind of a file; `meant` is the type that a wrong one most likely stands for, so that the rest of the file can be checked, too. */
function kindOf(doc: Document, section: Section, raw: Table, problems: Problems): { kind: Kind; meant?: string } | undefined {
  if (doc.file.startsWith("permissions/") && raw["type"] === undefined && raw["contents"] !== undefined) return { kind: permissionPolicy };
  if (!doc.file.startsWith("components/")) return { kind: section.kind };
  const type = raw["type"];
  const found = typeof type === "string" && Object.hasOwn(componentKinds, type) ? componentKinds[type] : undefined;
  if (found) return { kind: found.kind };
  const types = Object.keys(componentKinds).filter((key) => key !== "external_image");
  const list = types.map((key) => `"${key}"`).join(", ");
  if (type === undefined)
    addProblem(problems, { code: "missing_key", file: doc.file, message: "`type` is missing", fix: `add \`type\` with one of ${list}` });
  else {
    const meant = typeof type === "string" ? suggest(type, types) : undefined;
    const fix = meant === undefined ? {} : { fix: `did you mean "${meant}"?` };
    const message = `\`type\` is one of ${list}, not ${JSON.stringify(type)}`;
    addProblem(problems, { code: "invalid_value", file: doc.file, ...doc.locate(["type"], "value"), message, ...fix });
    const guess = componentKinds[meant ?? ""];
    if (meant !== undefined && guess) return { kind: guess.kind, meant };
  }
  return undefined;
}

function checkShape(file: LoadedFile, report: Report): void {
  const parsed = file.kind.schema.safeParse(file.raw);
  if (parsed.success) return;
  for (const issue of parsed.error.issues) {
    const path = issue.path.filter((part) => typeof part !== "symbol");
    const at = fieldAt(file.kind.schema, path);
    const legacy = new Set(Object.keys(at?.info?.legacyValues ?? {}));
    const accepts = (text: string): boolean => at !== undefined && z.safeParse(at.schema, text).success;
    report(path, { part: "value", ...explainIssue({ issue, value: valueAt(file.raw, path), legacy, accepts }) });
  }
}

function checkListedTwice(file: LoadedFile, report: Report): void {
  const list = file.raw["dependencies"];
  if (!Array.isArray(list)) return;
  for (const [index, name] of list.entries()) {
    if (list.indexOf(name) === index) continue;
    report(["dependencies", index], {
      severity: "warning",
      code: "duplicate_dependency",
      message: `"${String(name)}" is listed twice`,
      fix: "remove one of them",
    });
  }
}

function checkKeys(file: LoadedFile, report: Report): void {
  walkValue(file.kind.schema, file.raw, {
    field: (path, value, info) => {
      if (info.include && typeof value === "string") file.requests.push({ path, text: value });
      const key = String(path.at(-1));
      if (info.deprecated)
        report(path, { severity: "warning", code: "deprecated_key", message: `\`${key}\` is deprecated`, fix: info.deprecated });
      const current = typeof value === "string" ? info.legacyValues?.[value] : undefined;
      if (current) {
        report(path, {
          severity: "warning",
          code: "deprecated_value",
          message: `${key} = "${String(value)}" is an old spelling`,
          fix: `write ${key} = "${current}"`,
        });
      }
    },
    unknown: (path, known) => report(path, explainUnknown(file, path, known)),
  });
}

function explainUnknown(file: LoadedFile, path: Path, known: readonly string[]): Parameters<Report>[1] {
  const key = String(path.at(-1));
  const where = path
    .filter((part) => typeof part === "string")
    .slice(0, -1)
    .join(".");
  const value = valueAt(file.raw, path);
  if (where !== "" && memberSchema(file.kind.schema, key)?.safeParse(value).success) {
    return {
      severity: "warning",
      code: "misplaced_key",
      message: `\`${key}\` stands in \`${where}\`, where it means nothing`,
      fix: `move it to the top of the file, above the first [table]`,
    };
  }
  const present = asTable(valueAt(file.raw, path.slice(0, -1))) ?? {};
  const fix =
    didYouMean(
      key,
      known.filter((candidate) => !(candidate in present)),
    ) ??
    otherType(file, key, where) ??
    (Array.isArray(value) ? didYouMean(key, known) : undefined);
  return {
    severity: "warning",
    code: "unknown_key",
    message: `\`${where === "" ? key : `${where}.${key}`}\` is not a known key; it is ignored`,
    ...(fix ? { fix } : {}),
  };
}

/** A key that other types of component have. */
function otherType(file: LoadedFile, key: string, where: string): string | undefined {
  if (where !== "" || !file.doc.file.startsWith("components/")) return undefined;
  if (key in componentFields) return "it has no meaning for this type of component; remove it";
  return undefined;
}
