import { AppError } from "@berth/kit/errors";
import { TemplateError } from "@berth/template/errors";
import { compile } from "@berth/template/template";
import type { Component, ComponentType } from "@berth/toml-schema/app-config";
import { isTemplate } from "@berth/toml-schema/references/is-template";
import { parseAllDocuments } from "yaml";
import { isEmpty, type Overrides } from "./contents.ts";
import { hidden } from "./looks-sensitive.ts";
import { withoutActions } from "./unrendered.ts";
import { isTaken, pathOfKey } from "./values-key.ts";

/** What of a component of some type can be overridden: `set` and `document` say what they are there. */
type Takes = { set?: string; document?: string };

const takes: Partial<Record<ComponentType, Takes>> = {
  helm_chart: { set: "values by dotted key", document: "a document of values" },
  terraform_module: { set: "variables by name" },
};

/** What of a component can be overridden; undefined where nothing can. */
export function whatItTakes(component: Component): Takes | undefined {
  if (component.type === "kubernetes_manifest") return component.kustomize && { document: "a kustomize patch" };
  return takes[component.type];
}

/**
 * Refuses overrides that a component can't take or nothing could be made of, before anybody plans with them.
 * @throws AppError `unprocessable` for a type that takes none, `invalid_inputs` that names component, key and what to do
 */
export function checkOverrides(component: Component, overrides: Overrides): void {
  if (isEmpty(overrides)) return;
  const { name, type } = component;
  const can = whatItTakes(component);
  if (!can)
    throw new AppError(
      "unprocessable",
      `Component "${name}" is a ${type} and takes no overrides: charts, Terraform modules and kustomizations do. Let its config read an input, and set that on the install instead.`,
      { component: name, type },
    );
  const refuse = (key: string, why: string): AppError =>
    new AppError("invalid_inputs", `Override ${key} of component "${name}" ${why}`, { component: name, key });

  const { set, document } = overrides;
  for (const [key, value] of Object.entries(set)) {
    if (!can.set) throw refuse(`"${key}"`, `can't be set: a ${type} takes ${can.document ?? "nothing"}. Give that as a document.`);
    if (type === "terraform_module" ? !/^[\p{L}_][\p{L}\p{N}_-]*$/u.test(key) : !pathOfKey(key))
      throw refuse(
        `"${key}"`,
        type === "terraform_module"
          ? "is no name of a variable. To set a part of one, give the whole variable."
          : "is no key of values. Write it as for helm --set: a.b, a\\.b for a dot in a name, a[0].b for a place in a list.",
      );
    if (value === hidden) throw refuse(`"${key}"`, `has the mark of a value that is not shown. Give the value, or leave the key out.`);
    const problem = templateProblem(value);
    if (problem !== undefined) throw refuse(`"${key}"`, `can't be rendered: ${problem} Correct the template, or unset the key.`);
  }
  if (document === undefined) return;
  if (!can.document) throw refuse("document", `can't be set: a ${type} takes ${can.set ?? "nothing"}. Set them one by one.`);
  const tree = checkDocument(document, refuse);
  const twice = Object.keys(set).find((key) => tree !== undefined && isTaken(tree, pathOfKey(key) ?? []));
  if (twice !== undefined)
    throw refuse(`"${twice}"`, "is in the document of values too, which would win. Unset the key, or give the document without it.");
}

/** The document as a tree; undefined where only its rendering is one. */
function checkDocument(text: string, refuse: (key: string, why: string) => AppError): unknown {
  const problem = templateProblem(text);
  if (problem !== undefined) throw refuse("document", `can't be rendered: ${problem} Correct the template, and give the document again.`);
  if (text.split("\n").some((line) => line.trimEnd().endsWith(`: ${hidden}`)))
    throw refuse("document", "has the mark of values that are not shown. Give the values in their place.");
  const parsed = parseAllDocuments(withoutActions(text).text, { uniqueKeys: true });
  const documents = Array.isArray(parsed) ? parsed : [];
  const error = documents.flatMap(({ errors }) => errors)[0];
  if (error && isTemplate(text)) return undefined;
  if (error) throw refuse("document", `is no YAML: ${error.message.split("\n")[0]} Correct it, and give it again.`);
  if (documents.length > 1) throw refuse("document", "is more than one document. Put them into one.");
  const tree: unknown = documents[0]?.toJS({ maxAliasCount: 100 });
  if (typeof tree !== "object" || tree === null || Array.isArray(tree))
    throw refuse("document", "is no map. Give names with their values, as in a values file.");
  return tree;
}

function templateProblem(text: string): string | undefined {
  if (!isTemplate(text)) return undefined;
  try {
    compile(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return `line ${error.line}, column ${error.column}: ${error.message}`;
  }
}
