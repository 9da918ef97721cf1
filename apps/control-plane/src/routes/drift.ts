import { driftContract } from "@berth/api/contract/drift";
import { listDrifts } from "../drift/list.ts";
import { handle, type HttpApp } from "../http/handle.ts";

export function mountDriftRoutes(app: HttpApp): void {
  handle(app, driftContract["drift.list"], ({ ctx, query }) => listDrifts({ ctx, input: query }));
}
