import { z } from "zod";

/** Where a component's or the sandbox's files come from. `repo` is kept as written: `owner/name`, an https or ssh URL, `file:///…` or `./…`. */
export const repoSource = z.object({
  kind: z.enum(["public", "connected"]),
  repo: z.string(),
  directory: z.string(),
  branch: z.string(),
});
export type RepoSource = z.infer<typeof repoSource>;

/** String to string, as in `vars`, `env_vars`, `labels`. */
export const stringMap = z.record(z.string(), z.string());

/** The role that one operation on a component or the sandbox uses. */
export const operationRole = z.object({ operation: z.string(), role: z.string() });
export type OperationRole = z.infer<typeof operationRole>;

/** What a config value refers to by template. `name` is `*` where the template computes it, and empty where the kind has no names. */
export const reference = z.object({
  kind: z.enum(["input", "component", "secret", "action", "sandbox", "stack", "variable", "runbook_input", "other"]),
  name: z.string(),
  /** Canonical path below `.nuon`, e.g. `["components", "db", "outputs", "url"]`; ends in `*` where the rest is computed. */
  path: z.array(z.string()),
});
export type Reference = z.infer<typeof reference>;

/** How plans, retries and drift are handled; the same for components and the sandbox. */
export const runControl = {
  driftSchedule: z.string().optional(),
  maxAutoRetries: z.number().int(),
  skipNoops: z.boolean(),
  autoApproveOnPoliciesPassing: z.boolean(),
};
