import { orgsContract } from "./contract/orgs.ts";
import { systemContract } from "./contract/system.ts";
import { tokensContract } from "./contract/tokens.ts";
import type { Route } from "./route.ts";

/** Every operation of the API by its name, e.g. `apps.list`. */
export const contract = {
  ...orgsContract,
  ...systemContract,
  ...tokensContract,
} satisfies Record<string, Route>;

export type Contract = typeof contract;
export type RouteName = keyof Contract;
export type RouteOf<N extends RouteName> = Contract[N];

/** Every route with its name, in the order of the contract. */
export function listRoutes(): { name: RouteName; route: Route }[] {
  return Object.entries(contract).map(([name, route]) => ({ name: name as RouteName, route }));
}
