import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { flag, parseEnv } from "@berth/kit/env";
import { z } from "zod";

/** Everything a runner goes by, parsed once. A job's process gets the same value through its journal. */
export type RunnerConfig = {
  /** Base URL of the control plane; absent where an identity file already names it. */
  url: string | undefined;
  dir: string;
  enrolToken: string | undefined;
  name: string | undefined;
  slots: number;
  logLevel: string;
  net: NetConfig;
  tools: ToolsConfig;
  /** The kubeconfig for clusters that no sandbox output describes; absent: the pod's service account, or the usual kubeconfig. */
  kubeconfig: string | undefined;
  /** A directory with the install's secrets, a file each, for machines that no cloud keeps secrets for. */
  secretsDir?: string | undefined;
  /** No job is taken while the disk has less free space than this. */
  minFreeBytes: number;
  /** A job's log is cut here, visibly. */
  logCapBytes: number;
  /** A schedule whose time came while there was no link is run here this long after it, in ms. */
  offlineAfterMs: number;
  /** Waits between SIGINT and SIGTERM and between SIGTERM and SIGKILL, in ms. Absent: what suits the kind of job. */
  stop: { interruptMs: number; terminateMs: number } | undefined;
  /** Further names of environment variables that jobs may see. */
  passEnv: string[];
};

/** How to reach the outside. */
export type NetConfig = {
  httpsProxy: string | undefined;
  httpProxy: string | undefined;
  noProxy: string | undefined;
  caFile: string | undefined;
};

/** Where tools come from. */
export type ToolsConfig = {
  dir: string;
  terraformPath: string | undefined;
  helmPath: string | undefined;
  kubectlPath: string | undefined;
  pulumiPath: string | undefined;
  /** Base URL laid out like releases.hashicorp.com. */
  terraformMirror: string;
  anyTerraformVersion: boolean;
};

const shape = {
  BERTH_URL: z.url({ protocol: /^https?$/ }).optional(),
  BERTH_RUNNER_DIR: z.string().optional(),
  BERTH_ENROLL_TOKEN: z.string().optional(),
  BERTH_RUNNER_NAME: z.string().max(128).optional(),
  BERTH_SLOTS: z.coerce.number().int().min(1).max(256).default(4),
  BERTH_LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
  BERTH_CA_FILE: z.string().optional(),
  HTTPS_PROXY: z.string().optional(),
  HTTP_PROXY: z.string().optional(),
  NO_PROXY: z.string().optional(),
  https_proxy: z.string().optional(),
  http_proxy: z.string().optional(),
  no_proxy: z.string().optional(),
  BERTH_TOOLS_DIR: z.string().optional(),
  BERTH_TERRAFORM_PATH: z.string().optional(),
  BERTH_HELM_PATH: z.string().optional(),
  BERTH_KUBECTL_PATH: z.string().optional(),
  BERTH_PULUMI_PATH: z.string().optional(),
  BERTH_KUBECONFIG: z.string().optional(),
  BERTH_SECRETS_DIR: z.string().optional(),
  BERTH_TERRAFORM_MIRROR: z.url().default("https://releases.hashicorp.com"),
  BERTH_TERRAFORM_ANY_VERSION: flag.default(false),
  BERTH_MIN_FREE_MB: z.coerce.number().int().min(0).default(512),
  BERTH_LOG_CAP_MB: z.coerce.number().positive().default(1024),
  BERTH_OFFLINE_AFTER_SECONDS: z.coerce.number().min(0).max(3600).default(30),
  BERTH_STOP_INTERRUPT_SECONDS: z.coerce.number().min(0).optional(),
  BERTH_STOP_TERMINATE_SECONDS: z.coerce.number().min(0).optional(),
  BERTH_PASS_ENV: z.string().default(""),
};

const mega = 1024 * 1024;

/**
 * Reads the runner's settings from the environment; `flags` (`--url`, `--token`, `--dir`, `--name`) win.
 * @throws Error naming every variable that is wrong
 */
export function parseRunnerEnv(
  source: Record<string, string | undefined>,
  flags: { url?: string; token?: string; dir?: string; name?: string } = {},
): RunnerConfig {
  const merged = { ...source };
  if (flags.url !== undefined) merged.BERTH_URL = flags.url;
  if (flags.token !== undefined) merged.BERTH_ENROLL_TOKEN = flags.token;
  if (flags.dir !== undefined) merged.BERTH_RUNNER_DIR = flags.dir;
  if (flags.name !== undefined) merged.BERTH_RUNNER_NAME = flags.name;
  const env = parseEnv(shape, merged);
  const dir = resolve(env.BERTH_RUNNER_DIR ?? join(homedir(), ".berth-runner"));
  const interrupt = env.BERTH_STOP_INTERRUPT_SECONDS;
  const terminate = env.BERTH_STOP_TERMINATE_SECONDS;
  return {
    url: env.BERTH_URL?.replace(/\/+$/, ""),
    dir,
    enrolToken: env.BERTH_ENROLL_TOKEN,
    name: env.BERTH_RUNNER_NAME,
    slots: env.BERTH_SLOTS,
    logLevel: env.BERTH_LOG_LEVEL,
    net: {
      httpsProxy: env.HTTPS_PROXY ?? env.https_proxy,
      httpProxy: env.HTTP_PROXY ?? env.http_proxy,
      noProxy: env.NO_PROXY ?? env.no_proxy,
      caFile: env.BERTH_CA_FILE,
    },
    tools: {
      dir: resolve(env.BERTH_TOOLS_DIR ?? join(dir, "tools")),
      terraformPath: env.BERTH_TERRAFORM_PATH,
      helmPath: env.BERTH_HELM_PATH,
      kubectlPath: env.BERTH_KUBECTL_PATH,
      pulumiPath: env.BERTH_PULUMI_PATH,
      terraformMirror: env.BERTH_TERRAFORM_MIRROR.replace(/\/+$/, ""),
      anyTerraformVersion: env.BERTH_TERRAFORM_ANY_VERSION,
    },
    kubeconfig: env.BERTH_KUBECONFIG,
    secretsDir: env.BERTH_SECRETS_DIR === undefined ? undefined : resolve(env.BERTH_SECRETS_DIR),
    minFreeBytes: env.BERTH_MIN_FREE_MB * mega,
    logCapBytes: Math.round(env.BERTH_LOG_CAP_MB * mega),
    offlineAfterMs: env.BERTH_OFFLINE_AFTER_SECONDS * 1000,
    stop:
      interrupt === undefined && terminate === undefined
        ? undefined
        : { interruptMs: (interrupt ?? 10) * 1000, terminateMs: (terminate ?? 5) * 1000 },
    passEnv: env.BERTH_PASS_ENV.split(",")
      .map((name) => name.trim())
      .filter((name) => name !== ""),
  };
}
