import { actionsContract } from "./contract/actions.ts";
import { approvalsContract } from "./contract/approvals.ts";
import { eventsContract } from "./contract/events.ts";
import { installsContract } from "./contract/installs.ts";
import { orgsContract } from "./contract/orgs.ts";
import { systemContract } from "./contract/system.ts";
import { tokensContract } from "./contract/tokens.ts";
import { workflowsContract } from "./contract/workflows.ts";
import type { Route } from "./route.ts";

/** Every operation of the API by its name, e.g. `apps.list`. */
export const contract = {
  ...actionsContract,
  ...approvalsContract,
  ...eventsContract,
  ...installsContract,
  ...orgsContract,
  ...systemContract,
  ...tokensContract,
  ...workflowsContract,
} satisfies Record<string, Route>;

export type Contract = typeof contract;
export type RouteName = keyof Contract;
export type RouteOf<N extends RouteName> = Contract[N];

/** Every route with its name, in the order of the contract. */
export function listRoutes(): { name: RouteName; route: Route }[] {
  return Object.entries(contract).map(([name, route]) => ({ name: name as RouteName, route }));
}
