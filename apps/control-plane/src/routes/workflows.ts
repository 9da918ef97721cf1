import { workflowsContract, type operationSchema } from "@berth/api/contract/workflows";
import type { z } from "zod";
import { handle, type HttpApp } from "../http/handle.ts";
import { cancelWorkflow } from "../workflows/cancel.ts";
import { explainWorkflow, getWorkflow } from "../workflows/get.ts";
import { listWorkflows } from "../workflows/list.ts";
import { retryStep } from "../workflows/retry-step.ts";
import { setWorkflowApproveAll } from "../workflows/set-approve-all.ts";
import { skipStep } from "../workflows/skip-step.ts";
import { previewWorkflow, startWorkflow, type StartInput } from "../workflows/start.ts";

export function mountWorkflowsRoutes(app: HttpApp): void {
  handle(app, workflowsContract["workflows.start"], async ({ ctx, params, body }) => {
    const { workflowId } = await startWorkflow({ ctx, input: startInput(params.installId, body) });
    return getWorkflow({ ctx, input: { workflowId } });
  });
  handle(app, workflowsContract["workflows.preview"], async ({ ctx, params, body }) => {
    const steps = await previewWorkflow({ ctx, input: startInput(params.installId, body) });
    return { steps: steps.map(({ params: { destroy }, ...step }) => ({ ...step, destroy: destroy === true })) };
  });
  handle(app, workflowsContract["workflows.list"], ({ ctx, query }) => listWorkflows({ ctx, input: query }));
  handle(app, workflowsContract["workflows.get"], ({ ctx, params }) => getWorkflow({ ctx, input: params }));
  handle(app, workflowsContract["workflows.explain"], ({ ctx, params }) => explainWorkflow({ ctx, input: params }));
  handle(app, workflowsContract["workflows.cancel"], async ({ ctx, params, body }) => {
    await cancelWorkflow({ ctx, input: { ...params, ...body } });
    return getWorkflow({ ctx, input: params });
  });
  handle(app, workflowsContract["workflows.setApproveAll"], async ({ ctx, params, body }) => {
    await setWorkflowApproveAll({ ctx, input: { ...params, ...body } });
    return getWorkflow({ ctx, input: params });
  });
  handle(app, workflowsContract["workflows.retryStep"], async ({ ctx, params }) => {
    await retryStep({ ctx, input: params });
    return getWorkflow({ ctx, input: params });
  });
  handle(app, workflowsContract["workflows.skipStep"], async ({ ctx, params, body }) => {
    await skipStep({ ctx, input: { ...params, ...body } });
    return getWorkflow({ ctx, input: params });
  });
}

/** The API's operation as the verb takes it: what is about the workflow as a whole stands beside it. */
function startInput(
  installId: string,
  body: { operation: z.output<typeof operationSchema>; planOnly: boolean; approveAll: boolean; now?: string | undefined },
): StartInput {
  const { operation, planOnly, approveAll, now } = body;
  const common = { installId, planOnly, approveAll, ...(now === undefined ? {} : { windowOverride: now }) };
  if (operation.type === "upgrade") {
    return { ...common, operation: { type: "upgrade", sandbox: false, components: [] }, appConfig: operation.appConfig };
  }
  if (operation.type === "action_run") {
    const { env, ...rest } = operation;
    return { ...common, operation: { ...rest, trigger: "manual" }, env };
  }
  if (operation.type === "runbook_run") {
    const { inputs, ...rest } = operation;
    return { ...common, operation: rest, inputs };
  }
  if ("appConfig" in operation) {
    const { appConfig, ...rest } = operation;
    return { ...common, operation: rest, appConfig };
  }
  return { ...common, operation };
}
