import { buildsContract } from "@berth/api/contract/builds";
import { cancelBuild } from "../builds/cancel.ts";
import { createBuild } from "../builds/create.ts";
import { getBuild } from "../builds/get.ts";
import { listBuilds } from "../builds/list.ts";
import { retryBuild } from "../builds/retry.ts";
import { handle, type HttpApp } from "../http/handle.ts";

export function mountBuildsRoutes(app: HttpApp): void {
  handle(app, buildsContract["builds.list"], ({ ctx, query }) => listBuilds({ ctx, input: query }));
  handle(app, buildsContract["builds.get"], ({ ctx, params }) => getBuild({ ctx, input: params }));
  handle(app, buildsContract["builds.create"], ({ ctx, params, body }) => createBuild({ ctx, input: { ...params, ...body } }));
  handle(app, buildsContract["builds.cancel"], ({ ctx, params }) => cancelBuild({ ctx, input: params }));
  handle(app, buildsContract["builds.retry"], ({ ctx, params }) => retryBuild({ ctx, input: params }));
}
