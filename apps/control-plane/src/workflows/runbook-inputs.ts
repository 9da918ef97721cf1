import type { AppConfig } from "@berth/toml-schema/app-config";
import type { Ctx } from "../context.ts";
import { checkInputs, type CheckedInputs } from "../installs/check-inputs.ts";
import { openValues, type Values } from "../installs/sealed.ts";

type Runbook = AppConfig["runbooks"][number];

/** The values a run was given, checked against what its runbook asks for, defaults filled in. @throws AppError `invalid_inputs` with all problems */
export function checkRunbookInputs(runbook: Runbook, given: Readonly<Record<string, unknown>>): CheckedInputs {
  const inputs = runbook.inputs.map(({ displayName, description, ...input }) => ({
    ...input,
    displayName: displayName ?? input.name,
    description: description ?? "",
    file: runbook.file,
    group: "",
    internal: false,
    userConfigurable: false,
  }));
  return checkInputs({ config: { inputs: { groups: [], inputs } }, given, owner: `Runbook "${runbook.name}"` });
}

/** What the run of a runbook was given. */
export async function readRunbookInputs(ctx: Ctx, workflowId: string): Promise<Values> {
  const row = await ctx.db
    .selectFrom("workflows")
    .select("inputs_enc")
    .where("org_id", "=", ctx.orgId)
    .where("id", "=", workflowId)
    .executeTakeFirst();
  return openValues(ctx.system.vault, "runbook", workflowId, row?.inputs_enc ?? null);
}
