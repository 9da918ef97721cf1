import { AppError } from "@berth/kit/errors";
import { parse } from "smol-toml";
import { z } from "zod";
import type { Kind } from "./kinds/kind.ts";
import { didYouMean } from "./schema/suggest.ts";
import { kindByType, kinds } from "./schema/kind-by-type.ts";

/** A JSON Schema (draft 7, which TOML editors understand). */
export type JsonSchema = Record<string, unknown>;

const componentTypes = ["terraform", "helm", "kubernetes-manifest", "container-image", "docker-build", "pulumi", "job"];

/** What {@link jsonSchemaFor} knows: one per kind of file or object, `component-root` for any component and `full` for all of an app in one value. */
export const schemaList: readonly { type: string; title: string; location: string }[] = [
  ...kinds.map(({ type, title, location }) => ({ type, title, location })),
  { type: "component-root", title: "Component of any type", location: "components/**/*.toml" },
  { type: "full", title: "All of an app in one value", location: "" },
];

/** Their names. */
export const schemaTypes: readonly string[] = schemaList.map(({ type }) => type);

/**
 * The JSON Schema of a kind, for editors: descriptions, examples, deprecations. Unknown keys are allowed, as the loader only warns of them.
 * Spellings with `_` and the names of component types (`terraform_module`) are accepted.
 * @throws AppError not_found for a type that does not exist
 */
export function jsonSchemaFor(type: string): JsonSchema {
  const name = type.toLowerCase().replaceAll("_", "-");
  if (name === "component-root") return componentSchema();
  if (name === "full") return fullSchema();
  const kind = kindByType(name);
  if (kind) return schemaOf(kind);
  const hint = didYouMean(name, schemaTypes);
  throw new AppError("not_found", `There is no config schema "${type}": ${hint ?? `it is one of ${schemaTypes.join(", ")}`}`, {
    types: schemaTypes,
  });
}

const dialect = "http://json-schema.org/draft-07/schema#";

function schemaOf(kind: Kind): JsonSchema {
  const { $schema: _dialect, ...body } = z.toJSONSchema(kind.schema, { target: "draft-7", io: "input" });
  return { $schema: dialect, title: kind.title, description: kind.description, ...body, examples: [parse(kind.example)] };
}

/** Without what only a document of its own has. */
function part(type: string): JsonSchema {
  const { $schema: _dialect, ...body } = jsonSchemaFor(type);
  return body;
}

function componentSchema(): JsonSchema {
  return {
    $schema: dialect,
    title: "Component",
    description: "A unit of deployment; `type` says of which kind.",
    type: "object",
    required: ["name", "type"],
    oneOf: componentTypes.map(part),
  };
}

const listOf = (items: JsonSchema, description: string) => ({ type: "array", items, description });

function fullSchema(): JsonSchema {
  const { $schema: _dialect, ...component } = componentSchema();
  return {
    $schema: dialect,
    title: "App",
    description: "All files of an app in one value.",
    type: "object",
    required: ["metadata", "sandbox", "runner"],
    properties: {
      metadata: part("metadata"),
      sandbox: part("sandbox"),
      runner: part("runner"),
      stack: part("stack"),
      inputs: part("inputs"),
      secrets: part("secrets"),
      permissions: part("permissions"),
      break_glass: part("break-glass"),
      policies: part("policies"),
      operation_roles: part("operation-roles"),
      kubernetes_contexts: part("kubernetes-contexts"),
      triggers: part("triggers"),
      installer: part("installer"),
      components: listOf(component, "The files of components/."),
      actions: listOf(part("action"), "The files of actions/."),
      runbooks: listOf(part("runbook"), "The files of runbooks/."),
      installs: listOf(part("install"), "The files of installs/."),
      branches: listOf(part("branch"), "branch.toml, or the files of branches/."),
    },
  };
}
