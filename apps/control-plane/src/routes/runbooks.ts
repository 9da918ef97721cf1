import { runbooksContract } from "@berth/api/contract/runbooks";
import { handle, type HttpApp } from "../http/handle.ts";
import { getRunbookReadme } from "../installs/get-readme.ts";
import { listRunbooks } from "../runbooks/list.ts";

export function mountRunbooksRoutes(app: HttpApp): void {
  handle(app, runbooksContract["runbooks.readme"], ({ ctx, params }) => getRunbookReadme({ ctx, input: params }));
  handle(app, runbooksContract["runbooks.list"], ({ ctx, params }) => listRunbooks({ ctx, input: params }));
}
