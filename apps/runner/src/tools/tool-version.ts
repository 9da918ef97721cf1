import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ToolName } from "@berth/protocol/job-spec";
import { writeWhole } from "../durable.ts";

type Known = Record<string, { stamp: string; version: string }>;

/**
 * The version of a program. Asked once per binary (path, size, time) and remembered in the tools directory: asking costs as much as a
 * small plan.
 * @returns undefined where the program does not answer like one
 */
export async function toolVersion(toolsDir: string, path: string, name: ToolName = "terraform"): Promise<string | undefined> {
  const { size, mtimeMs, ino } = statSync(path);
  const stamp = `${size}:${mtimeMs}:${ino}`;
  const file = join(toolsDir, "versions.json");
  const known = readKnown(file);
  const found = known[path];
  if (found?.stamp === stamp) return found.version;
  const version = await ask(path, name);
  if (version !== undefined) {
    mkdirSync(toolsDir, { recursive: true });
    writeWhole(file, JSON.stringify({ ...readKnown(file), [path]: { stamp, version } }));
  }
  return version;
}

type Question = { args: readonly string[]; read: (answer: string) => unknown };

const terraform: Question = {
  args: ["version", "-json"],
  read: (answer) => (JSON.parse(answer) as { terraform_version?: unknown }).terraform_version,
};

/** How each program is asked for its version. */
const questions: Readonly<Record<ToolName, Question>> = {
  terraform,
  tofu: terraform,
  helm: { args: ["version", "--template", "{{.Version}}"], read: withoutV },
  kubectl: {
    args: ["version", "--client", "-o", "json"],
    read: (answer) => withoutV((JSON.parse(answer) as { clientVersion?: { gitVersion?: string } }).clientVersion?.gitVersion ?? ""),
  },
  pulumi: { args: ["version"], read: withoutV },
};

function withoutV(answer: string): string | undefined {
  return /^v?(\d+\.\d+\.\d+\S*)/.exec(answer.trim())?.[1];
}

async function ask(path: string, name: ToolName): Promise<string | undefined> {
  const { args, read } = questions[name];
  try {
    const { stdout } = await promisify(execFile)(path, args, { timeout: 20_000, env: { CHECKPOINT_DISABLE: "1", HOME: tmpdir() } });
    const version = read(stdout);
    return typeof version === "string" ? version : undefined;
  } catch {
    return undefined;
  }
}

function readKnown(file: string): Known {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Known;
  } catch {
    return {};
  }
}
