import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Ajv } from "ajv";
import { parse } from "smol-toml";
import { describe, expect, it } from "vitest";
import { referencePage } from "./docs/reference-page.ts";
import { jsonSchemaFor, schemaTypes } from "./json-schema.ts";
import { kinds } from "./schema/kind-by-type.ts";

const schemas = join(import.meta.dirname, "../schemas");
const ajv = new Ajv({ strict: false });

describe("JSON Schemas", () => {
  it("that are checked in are those that the kinds give; if not: node libs/toml-schema/generate.ts, then format", async () => {
    const files = await readdir(schemas);
    expect(files.toSorted()).toEqual(kinds.map((kind) => `${kind.type}.json`).toSorted());
    for (const kind of kinds) {
      const checkedIn: unknown = JSON.parse(await readFile(join(schemas, `${kind.type}.json`), "utf8"));
      expect(checkedIn).toEqual(JSON.parse(JSON.stringify(jsonSchemaFor(kind.type))));
    }
  });
  it("are valid, and take their kind's example", () => {
    for (const kind of kinds) {
      const validate = ajv.compile(jsonSchemaFor(kind.type));
      validate(parse(kind.example));
      expect({ type: kind.type, errors: validate.errors ?? [] }).toEqual({ type: kind.type, errors: [] });
    }
  });
  it("exist for any component and for a whole app, and under all spellings", () => {
    for (const type of schemaTypes) expect(ajv.validateSchema(jsonSchemaFor(type))).toBe(true);
    const component = ajv.compile(jsonSchemaFor("component_root"));
    expect(component({ name: "a", type: "kubernetes_manifest", namespace: "x" })).toBe(true);
    expect(component({ name: "a", type: "other" })).toBe(false);
    expect(jsonSchemaFor("terraform_module")).toEqual(jsonSchemaFor("terraform"));
    expect(() => jsonSchemaFor("sandbx")).toThrow(/did you mean "sandbox"/);
  });
});

describe("the config reference", () => {
  it("that is checked in is what the kinds give; if not: node libs/toml-schema/generate.ts", async () => {
    const page = await readFile(join(import.meta.dirname, "../../../docs/config/reference.md"), "utf8");
    expect(page).toBe(referencePage());
  });
});
