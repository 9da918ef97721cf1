import { z } from "zod";
import { operationRole, reference, repoSource, runControl, stringMap } from "./common.ts";

const shared = {
  file: z.string(),
  repo: repoSource,
  envVars: stringMap,
  operationRoles: z.array(operationRole),
  references: z.array(reference),
  ...runControl,
};

const terraformSandbox = z.object({
  kind: z.literal("terraform"),
  terraformVersion: z.string(),
  vars: stringMap,
  /** Contents of the variable files in order; a later one wins. */
  varFiles: z.array(z.string()),
  ...shared,
});

const pulumiSandbox = z.object({
  kind: z.literal("pulumi"),
  runtime: z.string(),
  pulumiVersion: z.string().optional(),
  pulumiConfig: stringMap,
  vars: stringMap,
  varFiles: z.array(z.string()),
  ...shared,
});

export const sandbox = z.discriminatedUnion("kind", [terraformSandbox, pulumiSandbox]);
/** The base infrastructure of an install. */
export type Sandbox = z.infer<typeof sandbox>;
