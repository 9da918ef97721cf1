import { secretsContract } from "@berth/api/contract/secrets";
import { handle, type HttpApp } from "../http/handle.ts";
import { listSecrets } from "../secrets/list.ts";

export function mountSecretRoutes(app: HttpApp): void {
  handle(app, secretsContract["secrets.list"], ({ ctx, params }) => listSecrets({ ctx, input: params }));
}
