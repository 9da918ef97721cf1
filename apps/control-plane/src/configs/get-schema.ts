import { AppError } from "@berth/kit/errors";
import { jsonSchemaFor, schemaTypes } from "@berth/toml-schema/json-schema";

const made = new Map<string, string>();

/**
 * The JSON Schema of a kind of TOML file, as JSON text. `source` is the old name of `type`.
 * @throws AppError `bad_request` without a type, `not_found` for one that does not exist; both with `types`
 */
export function getSchema({ input }: { input: { type?: string | undefined; source?: string | undefined } }): string {
  const type = (input.type ?? input.source ?? "").toLowerCase();
  if (type === "")
    throw new AppError("bad_request", `Say of which kind: ?type= with one of ${schemaTypes.join(", ")}`, { types: schemaTypes });
  let text = made.get(type);
  // Only what exists is kept, so it cannot grow without end.
  if (text === undefined) made.set(type, (text = JSON.stringify(jsonSchemaFor(type))));
  return text;
}
