import type { runbookSchema } from "@berth/api/contract/runbooks";
import type { AppConfig } from "@berth/toml-schema/app-config";
import type { z } from "zod";
import type { Ctx } from "../context.ts";
import { findInstall, findInstallConfig } from "../installs/queries.ts";

type RunbookStep = AppConfig["runbooks"][number]["steps"][number];

/** The runbooks of the app config that an install runs. @throws AppError `not_found` */
export async function listRunbooks({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { installId: string };
}): Promise<{ items: z.input<typeof runbookSchema>[] }> {
  await findInstall(ctx, input.installId);
  const { config } = await findInstallConfig(ctx, input.installId);
  return {
    items: config.runbooks.map(({ name, description, inputs, steps }) => ({
      name,
      ...(description === undefined ? {} : { description }),
      inputs: inputs.map((each) => ({
        name: each.name,
        type: each.type,
        required: each.required,
        sensitive: each.sensitive,
        ...(each.description === undefined ? {} : { description: each.description }),
        ...(each.default === undefined || each.sensitive ? {} : { default: each.default }),
      })),
      steps: steps.map((step) => ({ name: step.name, type: step.type, does: inWords(step) })),
    })),
  };
}

function inWords(step: RunbookStep): string {
  switch (step.type) {
    case "component_deploy":
      return `deploy ${step.componentName}${step.deployDependents ? ", with dependents" : ""}`;
    case "component_tear_down":
      return `tear down ${step.componentName}${step.tearDownDependents ? ", with dependents" : ""}`;
    case "tear_down_components_all":
      return "tear down every component";
    case "sandbox_reprovision":
      return `reprovision the sandbox${step.skipComponentDeploys ? ", without the components" : ""}`;
    case "sandbox_deprovision":
      return "deprovision the sandbox";
    default:
      return step.actionName === undefined ? "run a script" : `run action ${step.actionName}`;
  }
}
