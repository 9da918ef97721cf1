import { explainContract } from "@berth/api/contract/explain";
import { explainAnything } from "../explain/explain.ts";
import { handle, type HttpApp } from "../http/handle.ts";

export function mountExplainRoutes(app: HttpApp): void {
  handle(app, explainContract["explain.get"], ({ ctx, params }) => explainAnything({ ctx, input: params }));
}
