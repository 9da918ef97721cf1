import { flag, parseEnv, port } from "@berth/kit/env";
import { z } from "zod";

export const roles = ["api", "gateway", "worker", "builder"] as const;
/** What a process does. */
export type Role = (typeof roles)[number];

const shape = {
  DATABASE_URL: z.url(),
  REDIS_URL: z.url().optional(),
  BERTH_ROLES: z
    .string()
    .default(roles.join(","))
    .transform((text) => text.split(",").map((role) => role.trim()))
    .pipe(z.array(z.enum(roles)).min(1)),
  BERTH_HOST: z.string().default("127.0.0.1"),
  BERTH_PORT: port.default(8080),
  /** Where runners, browsers and registries' clients reach this control plane. Default: host and port. */
  BERTH_PUBLIC_URL: z.url().optional(),
  BERTH_DATA_DIR: z.string().min(1),
  /** Master keys for encryption at rest, `id:base64` separated by commas; the first writes. Default: one made in the data directory. */
  BERTH_MASTER_KEYS: z.string().optional(),
  /** Made into an org with this API token at start, when given: `org name:token`. */
  BERTH_BOOTSTRAP: z.string().optional(),
  /** Lets apps name repositories on this machine's disk (`file://`, absolute paths). For laptops, never for shared control planes. */
  BERTH_ALLOW_LOCAL_REPOS: flag.default(false),
  BERTH_LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "silent"]).default("info"),
  /** Artifacts go here instead of the embedded registry: `https://…` with basic credentials in the URL, or `ecr://<region>/<prefix>`. */
  BERTH_REGISTRY_URL: z.string().optional(),
  /** The helm that builds try charts with; default: the one on the PATH. */
  BERTH_HELM_PATH: z.string().min(1).optional(),
  BERTH_DB_POOL: z.coerce.number().int().min(2).max(200).default(20),
  /** Seconds without a heartbeat until a runner's jobs are taken for lost. */
  BERTH_RUNNER_LEASE_SECONDS: z.coerce.number().min(1).max(600).default(15),
  /** Seconds an apply whose runner was cut off is waited for, before a person is asked. */
  BERTH_RECONNECT_WINDOW_SECONDS: z.coerce.number().min(1).max(86_400).default(600),
  /** File with the trusted root of Sigstore (JSON), for builders that can't fetch it; also that of a Sigstore of one's own. */
  BERTH_SIGSTORE_TRUSTED_ROOT: z.string().min(1).optional(),
};

/** The settings of one control-plane process. */
export type Settings = {
  databaseUrl: string;
  redisUrl?: string;
  roles: Role[];
  host: string;
  port: number;
  /** No slash at the end. Set by main.ts once the port is known. */
  publicUrl: string;
  dataDir: string;
  masterKeys?: string;
  bootstrap?: { org: string; token: string };
  allowLocalRepos: boolean;
  logLevel: string;
  externalRegistry?: string;
  helmPath?: string;
  dbPool: number;
  runnerLeaseMs: number;
  reconnectWindowMs: number;
  sigstoreTrustedRoot?: string;
  /** What git and ssh get of this process's environment: where programs are, proxies, certificates. Nothing else reaches them. */
  toolEnv: Record<string, string>;
};

const toolVariables = ["PATH", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO"];

/** Parses the environment. @throws Error that names every wrong variable */
export function readSettings(source: Record<string, string | undefined>): Settings {
  const env = parseEnv(shape, source);
  const [org, token] = env.BERTH_BOOTSTRAP?.split(":") ?? [];
  return {
    databaseUrl: env.DATABASE_URL,
    roles: env.BERTH_ROLES,
    host: env.BERTH_HOST,
    port: env.BERTH_PORT,
    publicUrl: (env.BERTH_PUBLIC_URL ?? `http://${env.BERTH_HOST}:${env.BERTH_PORT}`).replace(/\/$/, ""),
    dataDir: env.BERTH_DATA_DIR,
    allowLocalRepos: env.BERTH_ALLOW_LOCAL_REPOS,
    logLevel: env.BERTH_LOG_LEVEL,
    dbPool: env.BERTH_DB_POOL,
    runnerLeaseMs: env.BERTH_RUNNER_LEASE_SECONDS * 1000,
    reconnectWindowMs: env.BERTH_RECONNECT_WINDOW_SECONDS * 1000,
    toolEnv: Object.fromEntries(
      toolVariables.flatMap((name) => {
        const value = source[name];
        return value === undefined || value === "" ? [] : [[name, value]];
      }),
    ),
    ...(env.BERTH_SIGSTORE_TRUSTED_ROOT === undefined ? {} : { sigstoreTrustedRoot: env.BERTH_SIGSTORE_TRUSTED_ROOT }),
    ...(env.REDIS_URL === undefined ? {} : { redisUrl: env.REDIS_URL }),
    ...(env.BERTH_MASTER_KEYS === undefined ? {} : { masterKeys: env.BERTH_MASTER_KEYS }),
    ...(env.BERTH_REGISTRY_URL === undefined ? {} : { externalRegistry: env.BERTH_REGISTRY_URL }),
    ...(env.BERTH_HELM_PATH === undefined ? {} : { helmPath: env.BERTH_HELM_PATH }),
    ...(org && token ? { bootstrap: { org, token } } : {}),
  };
}
