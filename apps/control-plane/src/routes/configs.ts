import { configsContract } from "@berth/api/contract/configs";
import { compareConfigs } from "../configs/diff.ts";
import { getConfig } from "../configs/get.ts";
import { listConfigs } from "../configs/list.ts";
import { syncConfig } from "../configs/sync.ts";
import { handle, type HttpApp } from "../http/handle.ts";

export function mountConfigsRoutes(app: HttpApp): void {
  handle(app, configsContract["configs.sync"], ({ ctx, params, body, c }) =>
    syncConfig({ ctx, input: { ...params, ...body, signal: c.req.raw.signal } }),
  );
  handle(app, configsContract["configs.list"], ({ ctx, params, query }) => listConfigs({ ctx, input: { ...params, ...query } }));
  handle(app, configsContract["configs.get"], ({ ctx, params }) => getConfig({ ctx, input: params }));
  handle(app, configsContract["configs.diff"], ({ ctx, params, query }) => compareConfigs({ ctx, input: { ...params, ...query } }));
}
