import { pullCredentialsContract } from "@berth/api/contract/pull-credentials";
import { handle, type HttpApp } from "../http/handle.ts";
import { createPullCredential } from "../pull-credentials/create.ts";
import { listPullCredentials } from "../pull-credentials/list.ts";
import { revokePullCredential } from "../pull-credentials/revoke.ts";

export function mountPullCredentialsRoutes(app: HttpApp): void {
  handle(app, pullCredentialsContract["installs.pullCredentials.list"], ({ ctx, params, query }) =>
    listPullCredentials(ctx, { ...params, ...query }),
  );
  handle(app, pullCredentialsContract["installs.pullCredentials.create"], ({ ctx, params, body }) =>
    createPullCredential(ctx, { ...params, ...body }),
  );
  handle(app, pullCredentialsContract["installs.pullCredentials.revoke"], async ({ ctx, params }) => {
    await revokePullCredential(ctx, params);
    return {};
  });
}
