import { runnersContract } from "@berth/api/contract/runners";
import { handle, type HttpApp } from "../http/handle.ts";
import { createEnrolmentToken } from "../runners/create-enrolment-token.ts";
import { getRunner } from "../runners/get.ts";
import { listRunners } from "../runners/list.ts";
import { switchRunner } from "../runners/set-state.ts";

export function mountRunnersRoutes(app: HttpApp): void {
  handle(app, runnersContract["runners.list"], ({ ctx, query }) => listRunners(ctx, query));
  handle(app, runnersContract["runners.get"], ({ ctx, params }) => getRunner(ctx, params));
  handle(app, runnersContract["runners.createEnrolmentToken"], async ({ ctx, params }) => {
    const { token, expiresAt } = await createEnrolmentToken({ ctx, input: params });
    return { token, expiresAt: expiresAt.toISOString() };
  });
  handle(app, runnersContract["runners.disable"], ({ ctx, params }) => switchRunner({ ctx, input: { ...params, to: "disable" } }));
  handle(app, runnersContract["runners.enable"], ({ ctx, params }) => switchRunner({ ctx, input: { ...params, to: "enable" } }));
  handle(app, runnersContract["runners.revoke"], ({ ctx, params }) => switchRunner({ ctx, input: { ...params, to: "revoke" } }));
}
