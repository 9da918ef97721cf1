import { z } from "zod";

/** What the loader must know of a field beyond its type. */
export type FieldInfo = {
  /** The value may be `./file`, an address or a git source, whose contents take its place. */
  include?: true;
  /** Accepted, with a warning that says this. */
  deprecated?: string;
  /** Old spellings of a value and what they are now. */
  legacyValues?: Readonly<Record<string, string>>;
};

/** Facts by schema instance; kept apart from zod's own metadata, which becomes JSON Schema. */
export const fieldInfo = z.registry<FieldInfo>();

/** Describes a field, for hover help and for the loader. Call it on the innermost schema, before `.optional()`. */
export function field<Schema extends z.ZodType>(
  schema: Schema,
  description: string,
  options: FieldInfo & { examples?: readonly unknown[] } = {},
): Schema {
  const { examples, ...info } = options;
  const described = schema.meta({
    description: info.deprecated ? `${description}\n\nDeprecated: ${info.deprecated}` : description,
    ...(examples ? { examples: [...examples] } : {}),
    ...(info.deprecated ? { deprecated: true } : {}),
  });
  if (Object.keys(info).length > 0) fieldInfo.add(described, info);
  return described;
}

export const text = (description: string, options?: Parameters<typeof field>[2]) => field(z.string(), description, options);
export const bool = (description: string, options?: Parameters<typeof field>[2]) => field(z.boolean(), description, options);
export const int = (description: string, options?: Parameters<typeof field>[2]) => field(z.int(), description, options);
export const textList = (description: string, options?: Parameters<typeof field>[2]) => field(z.array(z.string()), description, options);
export const textMap = (description: string, options?: Parameters<typeof field>[2]) =>
  field(z.record(z.string(), z.string()), description, options);

/** A name that other parts of the config can use: not empty. */
export const name = (description: string, examples: readonly string[]) => field(z.string().min(1), description, { examples });

/** One of some words, with old spellings that are still accepted. */
export function choice(
  values: readonly string[],
  description: string,
  options: { legacyValues?: Readonly<Record<string, string>>; examples?: readonly string[] } = {},
) {
  const accepted: readonly string[] = [...values, ...Object.keys(options.legacyValues ?? {})];
  return field(z.enum(accepted), description, options);
}

/** A length of time as Go writes it: `30s`, `5m`, `1h30m`. */
export const duration = (description: string, options: Parameters<typeof field>[2] = {}) =>
  field(z.string().regex(/^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$/), description, { examples: ["5m", "1h30m"], ...options });
