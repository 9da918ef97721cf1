import { orgRoutes } from "./contract/orgs.ts";
import { systemRoutes } from "./contract/system.ts";
import { tokenRoutes } from "./contract/tokens.ts";
import type { Route } from "./route.ts";

/** Every operation of the API, by group and verb. `apps.list` names one. */
export const contract = {
  orgs: orgRoutes,
  system: systemRoutes,
  tokens: tokenRoutes,
} satisfies Record<string, Record<string, Route>>;

export type Contract = typeof contract;

/** `<group>.<verb>` of every operation. */
export type RouteName = { [G in keyof Contract]: `${G}.${Extract<keyof Contract[G], string>}` }[keyof Contract];

/** The route behind a name. */
export type RouteOf<N extends RouteName> = {
  [G in keyof Contract]: { [V in keyof Contract[G]]: N extends `${G}.${Extract<V, string>}` ? Contract[G][V] : never }[keyof Contract[G]];
}[keyof Contract];

/** Every route with its name, in the order of the contract. */
export function listRoutes(): { name: RouteName; route: Route }[] {
  return Object.entries(contract as Record<string, Record<string, Route>>).flatMap(([group, routes]) =>
    Object.entries(routes).map(([verb, route]) => ({ name: `${group}.${verb}` as RouteName, route })),
  );
}
