import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "../durable.ts";
import type { RunnerConfig } from "../env.ts";

/**
 * The environment of a job's own process: what the runner has, but for the token that enrols (the tools it starts get much less). Proxies and the extra CA
 * are handed to Node itself, which then applies them to every request.
 */
export function jobProcessEnv(env: Readonly<Record<string, string | undefined>>, config: RunnerConfig): Record<string, string | undefined> {
  const { BERTH_ENROLL_TOKEN: _token, ...rest } = env;
  const cache = join(config.dir, "cache");
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  const out: Record<string, string | undefined> = { NODE_COMPILE_CACHE: join(cache, "node"), ...rest };
  if (config.net.httpsProxy !== undefined || config.net.httpProxy !== undefined) out.NODE_USE_ENV_PROXY = "1";
  if (config.net.caFile !== undefined) out.NODE_EXTRA_CA_CERTS = mergeCas(cache, config.net.caFile, env.NODE_EXTRA_CA_CERTS);
  return out;
}

/** Node takes one file: ours, and what was set before. */
function mergeCas(cache: string, own: string, other: string | undefined): string {
  if (other === undefined || other === own) return own;
  const merged = join(cache, "ca.pem");
  writeWhole(merged, `${readFileSync(own, "utf8")}\n${readFileSync(other, "utf8")}`);
  return merged;
}
