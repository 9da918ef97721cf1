import { z } from "zod";
import { reference, repoSource, stringMap } from "./common.ts";

export const actionTrigger = z.object({
  type: z.string(),
  cronSchedule: z.string().optional(),
  componentName: z.string().optional(),
  /** Order among actions on the same trigger: lower first, then by name. */
  index: z.number().int().optional(),
});
/** When an action runs. */
export type ActionTrigger = z.infer<typeof actionTrigger>;

export const actionStep = z.object({
  name: z.string(),
  /** Run in the checkout of `repo`, or in an empty directory. */
  command: z.string().optional(),
  /** A script; its first line names the interpreter. */
  inlineContents: z.string().optional(),
  envVars: stringMap,
  repo: repoSource.optional(),
});
export type ActionStep = z.infer<typeof actionStep>;

export const action = z.object({
  file: z.string(),
  name: z.string(),
  timeoutSeconds: z.number(),
  labels: stringMap,
  triggers: z.array(actionTrigger),
  steps: z.array(actionStep),
  dependencies: z.array(z.string()),
  role: z.string().optional(),
  breakGlassRole: z.string().optional(),
  enableKubeConfig: z.boolean(),
  kubernetesContext: z.string().optional(),
  image: z.string().optional(),
  references: z.array(reference),
});
/** A script the vendor ships: run by hand, on cron or on lifecycle events. */
export type Action = z.infer<typeof action>;
