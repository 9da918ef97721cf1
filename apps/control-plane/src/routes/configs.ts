import { configsContract } from "@berth/api/contract/configs";
import { compareConfigs } from "../configs/diff.ts";
import { getConfig } from "../configs/get.ts";
import { getSchema } from "../configs/get-schema.ts";
import { listConfigs } from "../configs/list.ts";
import { syncConfig } from "../configs/sync.ts";
import { handle, type HttpApp } from "../http/handle.ts";

export function mountConfigsRoutes(app: HttpApp): void {
  handle(app, configsContract["configs.sync"], ({ ctx, params, body, c }) =>
    syncConfig({ ctx, input: { ...params, ...body, signal: c.req.raw.signal } }),
  );
  handle(app, configsContract["configs.schema"], ({ query, c }) => {
    const headers = { "content-type": "application/schema+json; charset=utf-8", "cache-control": "public, max-age=3600" };
    if (query.type === undefined && query.source !== undefined) c.header("deprecation", "true");
    // Editors that run in a browser may read it, too: it holds nothing of anybody.
    c.header("access-control-allow-origin", "*");
    return Promise.resolve(c.body(getSchema({ input: query }), 200, headers));
  });
  handle(app, configsContract["configs.list"], ({ ctx, params, query }) => listConfigs({ ctx, input: { ...params, ...query } }));
  handle(app, configsContract["configs.get"], ({ ctx, params }) => getConfig({ ctx, input: params }));
  handle(app, configsContract["configs.diff"], ({ ctx, params, query }) => compareConfigs({ ctx, input: { ...params, ...query } }));
}
