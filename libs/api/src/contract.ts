import { actionsContract } from "./contract/actions.ts";
import { approvalsContract } from "./contract/approvals.ts";
import { appsContract } from "./contract/apps.ts";
import { buildsContract } from "./contract/builds.ts";
import { componentsContract } from "./contract/components.ts";
import { configsContract } from "./contract/configs.ts";
import { driftContract } from "./contract/drift.ts";
import { eventsContract } from "./contract/events.ts";
import { explainContract } from "./contract/explain.ts";
import { gitCredentialsContract } from "./contract/git-credentials.ts";
import { healthContract } from "./contract/health.ts";
import { installsContract } from "./contract/installs.ts";
import { jobsContract } from "./contract/jobs.ts";
import { logsContract } from "./contract/logs.ts";
import { orgsContract } from "./contract/orgs.ts";
import { overridesContract } from "./contract/overrides.ts";
import { stackOutputsContract } from "./contract/stack-outputs.ts";
import { plansContract } from "./contract/plans.ts";
import { pullCredentialsContract } from "./contract/pull-credentials.ts";
import { rolloutsContract } from "./contract/rollouts.ts";
import { runbooksContract } from "./contract/runbooks.ts";
import { runnersContract } from "./contract/runners.ts";
import { secretsContract } from "./contract/secrets.ts";
import { statesContract } from "./contract/states.ts";
import { systemContract } from "./contract/system.ts";
import { tokensContract } from "./contract/tokens.ts";
import { workflowsContract } from "./contract/workflows.ts";
import type { Route } from "./route.ts";

/** Every operation of the API by its name, e.g. `apps.list`. */
export const contract = {
  ...actionsContract,
  ...approvalsContract,
  ...appsContract,
  ...buildsContract,
  ...componentsContract,
  ...configsContract,
  ...driftContract,
  ...eventsContract,
  ...explainContract,
  ...gitCredentialsContract,
  ...healthContract,
  ...installsContract,
  ...jobsContract,
  ...logsContract,
  ...orgsContract,
  ...overridesContract,
  ...stackOutputsContract,
  ...plansContract,
  ...pullCredentialsContract,
  ...rolloutsContract,
  ...runbooksContract,
  ...runnersContract,
  ...secretsContract,
  ...statesContract,
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
