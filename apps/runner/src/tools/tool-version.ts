import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { writeWhole } from "../durable.ts";

type Known = Record<string, { stamp: string; version: string }>;

/**
 * The version of a terraform or tofu binary. Asked once per binary (path, size, time) and remembered in the tools directory: asking costs as much as a
 * small plan.
 * @returns undefined where the program does not answer like one
 */
export async function toolVersion(toolsDir: string, path: string): Promise<string | undefined> {
  const { size, mtimeMs, ino } = statSync(path);
  const stamp = `${size}:${mtimeMs}:${ino}`;
  const file = join(toolsDir, "versions.json");
  const known = readKnown(file);
  const found = known[path];
  if (found?.stamp === stamp) return found.version;
  const version = await ask(path);
  if (version !== undefined) {
    mkdirSync(toolsDir, { recursive: true });
    writeWhole(file, JSON.stringify({ ...readKnown(file), [path]: { stamp, version } }));
  }
  return version;
}

async function ask(path: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(path, ["version", "-json"], {
      timeout: 20_000,
      env: { CHECKPOINT_DISABLE: "1" },
    });
    const answer = JSON.parse(stdout) as { terraform_version?: unknown };
    return typeof answer.terraform_version === "string" ? answer.terraform_version : undefined;
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
