import type { ToolsConfig } from "../env.ts";
import { findOnPath } from "./find-on-path.ts";
import { toolVersion } from "./tool-version.ts";

/** The tools that are there without any download, with version: what a runner tells the control plane it has. */
export async function findTools(config: ToolsConfig, env: Readonly<Record<string, string | undefined>>): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of ["terraform", "tofu"] as const) {
    const path = (name === "terraform" ? config.terraformPath : undefined) ?? findOnPath(name, env.PATH);
    const version = path === undefined ? undefined : await toolVersion(config.dir, path).catch(() => undefined);
    if (version !== undefined) found[name] = version;
  }
  return found;
}
