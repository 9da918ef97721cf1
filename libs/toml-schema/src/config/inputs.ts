import { z } from "zod";

export const inputGroup = z.object({
  file: z.string(),
  name: z.string(),
  displayName: z.string().optional(),
  description: z.string(),
});
export type InputGroup = z.infer<typeof inputGroup>;

export const inputTypes = ["string", "number", "bool", "list", "json", "yaml", "hcl"] as const;

export const inputDefinition = z.object({
  file: z.string(),
  name: z.string(),
  displayName: z.string(),
  description: z.string(),
  group: z.string(),
  type: z.enum(inputTypes),
  /** Always text, as every input value is; a list or table of the TOML file as JSON. */
  default: z.string().optional(),
  required: z.boolean(),
  sensitive: z.boolean(),
  internal: z.boolean(),
  /** Asked of the customer (in the stack), not of the vendor. */
  userConfigurable: z.boolean(),
});
/** A value that an install provides. */
export type InputDefinition = z.infer<typeof inputDefinition>;

export const secretDefinition = z.object({
  file: z.string(),
  name: z.string(),
  displayName: z.string().optional(),
  description: z.string(),
  required: z.boolean(),
  autoGenerate: z.boolean(),
  format: z.enum(["", "base64"]),
  default: z.string().optional(),
  kubernetesSyncTargets: z.array(z.object({ namespaces: z.array(z.string()), name: z.string(), key: z.string() })),
});
/** A secret that the customer provides and keeps; its value never reaches the vendor. */
export type SecretDefinition = z.infer<typeof secretDefinition>;
