import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { messageOf } from "@berth/kit/errors";
import { InvalidInput } from "../invalid-input.ts";
import type { Io } from "../io.ts";

const mostBytes = 16 * 1024 * 1024;

/**
 * The tree below `.nuon` from a JSON file (`-`: standard input): the tree itself, the tree below a key `nuon` or `berth`, or what the API gives.
 * @throws InvalidInput
 */
export async function readState(io: Io, file: string): Promise<Record<string, unknown>> {
  const text = file === "-" ? await io.readInput(mostBytes) : await readText(resolve(io.cwd, file));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InvalidInput(`The state ${file} is not JSON: ${messageOf(error)}`);
  }
  const tree = asTable(value);
  if (!tree) throw new InvalidInput(`The state ${file} is not a JSON object`);
  return asTable(tree["nuon"]) ?? asTable(tree["berth"]) ?? (tree["version"] === undefined ? tree : (asTable(tree["content"]) ?? tree));
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new InvalidInput(`The state cannot be read: ${messageOf(error)}`);
  }
}

function asTable(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
}
