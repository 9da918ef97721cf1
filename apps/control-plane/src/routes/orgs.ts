import { orgsContract } from "@berth/api/contract/orgs";
import { handle, type HttpApp } from "../http/handle.ts";
import { currentOrg } from "../orgs/current.ts";

export function mountOrgsRoutes(app: HttpApp): void {
  handle(app, orgsContract["orgs.current"], ({ ctx }) => currentOrg(ctx));
}
