import { gitCredentialsContract } from "@berth/api/contract/git-credentials";
import { createCredential } from "../git/credentials/create.ts";
import { deleteCredential } from "../git/credentials/delete.ts";
import { listCredentials } from "../git/credentials/list.ts";
import { handle, type HttpApp } from "../http/handle.ts";

export function mountGitCredentialsRoutes(app: HttpApp): void {
  handle(app, gitCredentialsContract["gitCredentials.create"], ({ ctx, body }) => createCredential({ ctx, input: body }));
  handle(app, gitCredentialsContract["gitCredentials.list"], async ({ ctx }) => ({ items: await listCredentials({ ctx }) }));
  handle(app, gitCredentialsContract["gitCredentials.delete"], async ({ ctx, params }) => {
    await deleteCredential({ ctx, input: params });
    return {};
  });
}
