import { healthContract } from "@berth/api/contract/health";
import { componentHealth, healthHistory } from "../health/get.ts";
import { reportCheck } from "../health/report-check.ts";
import { handle, type HttpApp } from "../http/handle.ts";

export function mountHealthRoutes(app: HttpApp): void {
  handle(app, healthContract["health.components"], ({ ctx, params }) => componentHealth({ ctx, input: params }));
  handle(app, healthContract["health.history"], ({ ctx, params, query }) => healthHistory({ ctx, input: { ...params, ...query } }));
  handle(app, healthContract["health.report"], async ({ ctx, params, body }) => {
    await reportCheck({ ctx, input: { ...params, ...body } });
    return {};
  });
}
