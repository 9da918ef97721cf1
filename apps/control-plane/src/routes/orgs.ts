import { orgsContract } from "@berth/api/contract/orgs";
import { handle, type HttpApp } from "../http/handle.ts";
import { currentOrg } from "../orgs/current.ts";
import { getOrgSettings, updateOrgSettings } from "../orgs/settings.ts";

export function mountOrgsRoutes(app: HttpApp): void {
  handle(app, orgsContract["orgs.current"], ({ ctx }) => currentOrg(ctx));
  handle(app, orgsContract["orgs.settings.get"], ({ ctx }) => getOrgSettings(ctx));
  handle(app, orgsContract["orgs.settings.update"], ({ ctx, body }) => updateOrgSettings(ctx, body));
}
