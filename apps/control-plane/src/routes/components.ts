import { componentsContract } from "@berth/api/contract/components";
import { listComponents } from "../components/list.ts";
import { handle, type HttpApp } from "../http/handle.ts";

export function mountComponentsRoutes(app: HttpApp): void {
  handle(app, componentsContract["components.list"], async ({ ctx, params }) => ({ items: await listComponents({ ctx, input: params }) }));
}
