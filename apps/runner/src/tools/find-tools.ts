import { toolNames, type ToolName } from "@berth/protocol/job-spec";
import type { ToolsConfig } from "../env.ts";
import { findOnPath } from "./find-on-path.ts";
import { toolVersion } from "./tool-version.ts";

/** The tools that are there without any download, with version: what a runner tells the control plane it has. */
export async function findTools(config: ToolsConfig, env: Readonly<Record<string, string | undefined>>): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of toolNames) {
    const path = toolPath(config, name, env.PATH);
    const version = path === undefined ? undefined : await toolVersion(config.dir, path, name).catch(() => undefined);
    if (version !== undefined) found[name] = version;
  }
  return found;
}

/** Where a program is: the operator's setting, else the PATH. Undefined where it is nowhere. */
export function toolPath(config: ToolsConfig, name: ToolName, path: string | undefined): string | undefined {
  const settings: Partial<Record<ToolName, string | undefined>> = {
    terraform: config.terraformPath,
    helm: config.helmPath,
    kubectl: config.kubectlPath,
    pulumi: config.pulumiPath,
  };
  return settings[name] ?? findOnPath(name, path);
}
