import { driftContract } from "@berth/api/contract/drift";
import { listDriftSchedules } from "../drift/list-schedules.ts";
import { listDrifts } from "../drift/list.ts";
import { handle, type HttpApp } from "../http/handle.ts";

export function mountDriftRoutes(app: HttpApp): void {
  handle(app, driftContract["drift.list"], ({ ctx, query }) => listDrifts({ ctx, input: query }));
  handle(app, driftContract["drift.schedules.list"], ({ ctx, params, query }) =>
    listDriftSchedules({ ctx, input: { ...params, ...query } }),
  );
}
