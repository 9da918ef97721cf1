import type { RegistryClient } from "@berth/oci/client";
import { createRegistryClient, type AuthSource } from "@berth/oci/client";
import type { InstallRegistry } from "@berth/protocol/job-spec";
import type { GoogleAuthOptions } from "google-auth-library";
import type { JobContext } from "../handlers/handler.ts";
import { googleToken } from "../cloud/google-token.ts";
import { createPullFetch } from "../net/pull-fetch.ts";
import { openAcr } from "./acr.ts";
import { openEcr, type EcrOptions } from "./ecr.ts";

/** An install's own registry, ready for copies to it. */
export type OpenInstallRegistry = {
  client: RegistryClient;
  /** Host and port, as clusters name it. */
  host: string;
  repository: string;
  /** Makes sure that the repository can be pushed to. Most registries need nothing for that. */
  ensureRepository(): Promise<void>;
};

/** What tells of the surroundings of a registry; a job's context has it all. */
export type RegistryContext = Pick<JobContext, "config" | "env" | "http" | "signal">;

/** For tests: cloud APIs at other addresses. */
export type OpenOptions = { ecr?: EcrOptions; google?: GoogleAuthOptions; imds?: string };

/**
 * Opens the registry that an install's sandbox names, with the runner's own identity in the customer's cloud where it is a cloud's.
 * @throws AppError `unauthenticated` or `forbidden` where that identity gets no way in
 */
export async function openInstallRegistry(
  ctx: RegistryContext,
  registry: InstallRegistry,
  options: OpenOptions = {},
): Promise<OpenInstallRegistry> {
  const { url, repository } = registry;
  const opened = (auth: AuthSource | undefined, ensureRepository = () => Promise.resolve()): OpenInstallRegistry => ({
    client: createRegistryClient({ url, auth, fetch: createPullFetch(ctx.config.net) }),
    host: new URL(url).host,
    repository,
    ensureRepository,
  });
  switch (registry.kind) {
    case "plain": {
      const { username, password } = registry;
      return opened(username === undefined || password === undefined ? undefined : { username, password });
    }
    case "ecr": {
      const ecr = await openEcr(registry, { ...options.ecr, signal: ctx.signal });
      return opened(ecr.auth, ecr.ensureRepository);
    }
    case "gar":
      return opened({ username: "oauth2accesstoken", password: await googleToken(options.google) });
    case "acr":
      return opened(
        await openAcr({ env: ctx.env, http: ctx.http, signal: ctx.signal, ...(options.imds && { imds: options.imds }) }, registry),
      );
  }
}
