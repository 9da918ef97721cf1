import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { referencePage } from "./src/docs/reference-page.ts";
import { jsonSchemaFor } from "./src/json-schema.ts";
import { kinds } from "./src/schema/kind-by-type.ts";

/** Writes what is generated from the schemas: schemas/*.json and docs/config/reference.md. Run it after a change of a kind, then format. */
const schemas = join(import.meta.dirname, "schemas");
const docs = join(import.meta.dirname, "../../docs/config");
await mkdir(schemas, { recursive: true });
await mkdir(docs, { recursive: true });
for (const file of await readdir(schemas)) await rm(join(schemas, file));
for (const { type } of kinds) await writeFile(join(schemas, `${type}.json`), `${JSON.stringify(jsonSchemaFor(type), null, 2)}\n`);
await writeFile(join(docs, "reference.md"), referencePage());
