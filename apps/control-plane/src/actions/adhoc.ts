import type { Action } from "@berth/toml-schema/app-config";
import { z } from "zod";
import type { Ctx } from "../context.ts";
import { openValues } from "../installs/sealed.ts";

/** A command or a script that is run once, without an app config. */
export const adhocSchema = z.object({
  name: z.string().min(1).max(100),
  command: z
    .string()
    .max(64 * 1024)
    .optional(),
  script: z
    .string()
    .max(256 * 1024)
    .optional(),
  timeoutSeconds: z.number().int().min(1).max(3600),
  kubeconfig: z.boolean(),
});
export type Adhoc = z.infer<typeof adhocSchema>;

/** What a workflow of a one-off command runs; undefined for any other workflow. */
export async function readAdhoc(ctx: Ctx, workflowId: string): Promise<Adhoc | undefined> {
  const row = await ctx.db
    .selectFrom("workflows")
    .select(["operation", "inputs_enc"])
    .where("org_id", "=", ctx.orgId)
    .where("id", "=", workflowId)
    .executeTakeFirst();
  if (row?.operation !== "adhoc_action") return undefined;
  return adhocSchema.parse(openValues(ctx.system.vault, "runbook", workflowId, row.inputs_enc));
}

/** As an action of a config would say it. */
export function actionOfAdhoc(adhoc: Adhoc): Action {
  return {
    file: "given for one run",
    name: adhoc.name,
    timeoutSeconds: adhoc.timeoutSeconds,
    labels: {},
    triggers: [],
    steps: [{ name: "run", command: adhoc.command, inlineContents: adhoc.script, envVars: {} }],
    dependencies: [],
    enableKubeConfig: adhoc.kubeconfig,
    references: [],
  };
}
