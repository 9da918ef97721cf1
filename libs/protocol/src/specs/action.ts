import { z } from "zod";
import { artifactRefSchema, clusterSchema } from "./common.ts";

export const actionStepSpec = z.object({
  name: z.string().min(1),
  /** A shell command; runs in the source tree when there is one, else in an empty directory. */
  command: z.string().optional(),
  /** Script text; its shebang is honoured, `#!/bin/sh` when there is none. */
  inlineContents: z.string().optional(),
  envVars: z.record(z.string(), z.string()),
  /** The packed source tree of the step's repository. */
  source: artifactRefSchema.optional(),
});

/** Runs a vendor's script: the steps in order, the first failure ends the run. */
export const actionRunSpec = z.object({
  kind: z.literal("action.run"),
  action: z.string().min(1),
  runId: z.string().min(1),
  trigger: z.string().min(1),
  envVars: z.record(z.string(), z.string()),
  steps: z.array(actionStepSpec).min(1),
  /** The cluster that `KUBECONFIG` leads to; absent where the action gets none. */
  cluster: clusterSchema.optional(),
});

export type ActionStepSpec = z.infer<typeof actionStepSpec>;
export type ActionRunSpec = z.infer<typeof actionRunSpec>;
