import { AppError } from "@berth/kit/errors";
import { Hono } from "hono";
import { methodNotAllowed } from "hono/method-not-allowed";
import type { System } from "./context.ts";
import { accessLog } from "./http/access-log.ts";
import { authenticate } from "./http/authenticate.ts";
import type { HttpApp, HttpEnv } from "./http/handle.ts";
import { idempotency } from "./http/idempotency.ts";
import { limitBody } from "./http/limit-body.ts";
import { problemResponse } from "./http/problem.ts";
import { requestId } from "./http/request-id.ts";
import { secureHeaders } from "./http/secure-headers.ts";
import { mountActionsRoutes } from "./routes/actions.ts";
import { mountApprovalsRoutes } from "./routes/approvals.ts";
import { mountAppsRoutes } from "./routes/apps.ts";
import { mountBuildsRoutes } from "./routes/builds.ts";
import { mountComponentsRoutes } from "./routes/components.ts";
import { mountConfigsRoutes } from "./routes/configs.ts";
import { mountEventsRoutes } from "./routes/events.ts";
import { mountDriftRoutes } from "./routes/drift.ts";
import { mountSecretRoutes } from "./routes/secrets.ts";
import { mountExplainRoutes } from "./routes/explain.ts";
import { mountGitCredentialsRoutes } from "./routes/git-credentials.ts";
import { mountInstallsRoutes } from "./routes/installs.ts";
import { mountJobsRoutes } from "./routes/jobs.ts";
import { mountLogsRoutes } from "./routes/logs.ts";
import { mountOrgsRoutes } from "./routes/orgs.ts";
import { mountOverridesRoutes } from "./routes/overrides.ts";
import { mountPlansRoutes } from "./routes/plans.ts";
import { mountPullCredentialsRoutes } from "./routes/pull-credentials.ts";
import { mountHealthRoutes } from "./routes/health.ts";
import { mountRolloutsRoutes } from "./routes/rollouts.ts";
import { mountRunbooksRoutes } from "./routes/runbooks.ts";
import { mountRunnersRoutes } from "./routes/runners.ts";
import { mountStatesRoutes } from "./routes/states.ts";
import { mountTokensRoutes } from "./routes/tokens.ts";
import { mountWorkflowsRoutes } from "./routes/workflows.ts";
import { mountSystemRoutes, type Check } from "./routes/system.ts";

export type AppDeps = {
  system: System;
  version: string;
  /** What `/readyz` asks. */
  checks: readonly Check[];
  /** The public API is served. Without it the process answers health, metrics and documentation alone. */
  api: boolean;
  /** Parts with an authentication of their own: the runners' requests, the registry. */
  mounts?: readonly ((app: HttpApp) => void)[];
};

const apiRoutes = [
  mountOrgsRoutes,
  mountTokensRoutes,
  mountAppsRoutes,
  mountConfigsRoutes,
  mountComponentsRoutes,
  mountBuildsRoutes,
  mountGitCredentialsRoutes,
  mountInstallsRoutes,
  mountOverridesRoutes,
  mountPullCredentialsRoutes,
  mountWorkflowsRoutes,
  mountExplainRoutes,
  mountDriftRoutes,
  mountSecretRoutes,
  mountRolloutsRoutes,
  mountHealthRoutes,
  mountRunbooksRoutes,
  mountApprovalsRoutes,
  mountActionsRoutes,
  mountEventsRoutes,
  mountRunnersRoutes,
  mountJobsRoutes,
  mountLogsRoutes,
  mountPlansRoutes,
  mountStatesRoutes,
];

const maxBodyBytes = 1024 * 1024;
/** A resolved app config carries the contents of the files it names. */
const maxConfigBytes = 16 * 1024 * 1024;

/** The HTTP side of a process, listening to nothing. */
export function buildApp(deps: AppDeps): HttpApp {
  const { system } = deps;
  const app: HttpApp = new Hono<HttpEnv>();
  app.onError((error, c) => problemResponse(c, error));
  app.notFound((c) => problemResponse(c, new AppError("not_found", `There is nothing at ${c.req.path}.`)));

  app.use("*", requestId);
  app.use("*", secureHeaders({ https: system.settings.publicUrl.startsWith("https:") }));
  app.use("*", accessLog({ logger: system.logger, metrics: system.metrics }));
  app.use("*", methodNotAllowed({ app, onMethodNotAllowed: notAllowed }));
  app.use("/v1/*", authenticate(system));
  app.use(
    "/v1/*",
    limitBody((path) => (/^\/v1\/apps\/[^/]+\/configs$/.test(path) ? maxConfigBytes : maxBodyBytes)),
  );
  app.use("/v1/*", idempotency);

  mountSystemRoutes(app, deps);
  if (deps.api) {
    for (const mount of apiRoutes) mount(app);
  }
  for (const mount of deps.mounts ?? []) mount(app);
  return app;
}

function notAllowed(c: Parameters<typeof problemResponse>[0], methods: string[]): Response {
  c.header("allow", methods.join(", "));
  return problemResponse(c, new AppError("method_not_allowed", `${c.req.path} answers to ${methods.join(", ")}, not to ${c.req.method}.`));
}
