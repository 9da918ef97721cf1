import { existsSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "@berth/kit/errors";
import type { ToolsConfig } from "../env.ts";
import { JobFailure } from "../handlers/handler.ts";
import type { HttpClient } from "../net/request.ts";
import { findOnPath, isExecutable } from "./find-on-path.ts";
import { toolVersion } from "./tool-version.ts";
import { parseConstraint, parseVersion } from "./version-constraint.ts";

/** A Terraform (or OpenTofu) to run. */
export type Terraform = { path: string; version: string };

/**
 * Finds a Terraform of the wanted version: `BERTH_TERRAFORM_PATH`, PATH, the tools directory; otherwise downloads it, checksum verified.
 * @param input.note tells the job's log what had to be done
 * @throws JobFailure `terraform_missing` that names the three ways to provide it, or `spec_invalid`
 */
export async function obtainTerraform(input: {
  wanted: string;
  tools: ToolsConfig;
  path: string | undefined;
  http: HttpClient;
  signal: AbortSignal;
  note: (line: string) => Promise<void>;
}): Promise<Terraform> {
  const { wanted, tools } = input;
  const constraint = parseConstraint(wanted);
  if (!constraint)
    throw new JobFailure(
      "spec_invalid",
      `The Terraform version ${JSON.stringify(wanted)} is neither a version nor a constraint such as "~> 1.11".`,
    );
  const present = await presentTerraforms(input);
  const fitting = present.find(({ version }) => {
    const parsed = parseVersion(version);
    return parsed !== undefined && constraint.matches(parsed);
  });
  if (fitting) return fitting;
  const [other] = present;
  if (other && tools.anyTerraformVersion) {
    await input.note(
      `[berth] warning: Terraform ${wanted} is wanted; running ${other.version} from ${other.path}, as BERTH_TERRAFORM_ANY_VERSION allows.`,
    );
    return other;
  }
  let problem: string;
  try {
    const { downloadTerraform } = await import("./download-terraform.ts");
    return await downloadTerraform({
      constraint,
      mirror: tools.terraformMirror,
      toolsDir: tools.dir,
      http: input.http,
      signal: input.signal,
      note: input.note,
    });
  } catch (error) {
    problem = messageOf(error);
  }
  throw new JobFailure("terraform_missing", explain(wanted, present, tools, problem));
}

async function presentTerraforms(input: { wanted: string; tools: ToolsConfig; path: string | undefined }): Promise<Terraform[]> {
  const { tools } = input;
  const exact = parseConstraint(input.wanted)?.exact;
  const candidates = [
    tools.terraformPath,
    findOnPath("terraform", input.path),
    exact === undefined ? undefined : join(tools.dir, "terraform", exact, "terraform"),
  ];
  const found: Terraform[] = [];
  for (const path of candidates) {
    if (path === undefined || !existsSync(path) || !isExecutable(path)) continue;
    const version = await toolVersion(tools.dir, path);
    if (version !== undefined) found.push({ path, version });
  }
  return found;
}

function explain(wanted: string, present: Terraform[], tools: ToolsConfig, problem: string): string {
  const there = present.length === 0 ? "no Terraform was found" : present.map(({ path, version }) => `${path} is ${version}`).join(", ");
  return [
    `Terraform ${wanted} is wanted, ${there}, and it could not be downloaded: ${problem}.`,
    "Three ways to provide it:",
    `  1. Install Terraform ${wanted} on the runner's machine: on its PATH, or anywhere with BERTH_TERRAFORM_PATH naming the file.`,
    `  2. Let the runner reach ${tools.terraformMirror} over HTTPS (HTTPS_PROXY is honoured), or set BERTH_TERRAFORM_MIRROR to a mirror with the same layout.`,
    "  3. Accept the version that is there: set BERTH_TERRAFORM_ANY_VERSION=1 on the runner, or have the vendor ask for that version.",
  ].join("\n");
}
