import { appsContract } from "@berth/api/contract/apps";
import { createApp } from "../apps/create.ts";
import { getApp } from "../apps/get.ts";
import { listAppActions } from "../apps/list-actions.ts";
import { listApps } from "../apps/list.ts";
import { handle, type HttpApp } from "../http/handle.ts";

export function mountAppsRoutes(app: HttpApp): void {
  handle(app, appsContract["apps.create"], ({ ctx, body }) => createApp({ ctx, input: body }));
  handle(app, appsContract["apps.list"], ({ ctx, query }) => listApps({ ctx, input: query }));
  handle(app, appsContract["apps.get"], ({ ctx, params }) => getApp({ ctx, input: params }));
  handle(app, appsContract["apps.actions"], async ({ ctx, params }) => ({ items: await listAppActions({ ctx, input: params }) }));
}
