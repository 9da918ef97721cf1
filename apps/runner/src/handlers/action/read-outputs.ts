import { readFileSync, statSync } from "node:fs";
import { maxOutputsBytes } from "@berth/protocol/limits";
import { JobFailure } from "../handler.ts";

/**
 * What a step wrote to its output file: `KEY=VALUE` lines (empty lines and `#` lines are skipped) or one JSON object.
 * @throws JobFailure `outputs_invalid` that names the line or the limit
 */
export function readOutputs(path: string, step: string): Record<string, unknown> {
  let text: string;
  try {
    const { size } = statSync(path);
    if (size > maxOutputsBytes) throw invalid(step, `has ${size} bytes; at most ${maxOutputsBytes} are taken`);
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
  return parseOutputs(text, step);
}

/** {@link readOutputs} of a text at hand. */
export function parseOutputs(text: string, step: string): Record<string, unknown> {
  const trimmed = text.trim();
  if (trimmed === "") return {};
  if (trimmed.startsWith("{") || trimmed.startsWith("[")) return parseJson(trimmed, step);
  const out: [string, string][] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.trimStart().startsWith("#")) continue;
    const at = line.indexOf("=");
    const key = line.slice(0, at).trim();
    if (at < 1 || key === "") throw invalid(step, `is neither a JSON object nor KEY=VALUE lines: line ${index + 1} has no key and "="`);
    out.push([key, line.slice(at + 1)]);
  }
  return Object.fromEntries(out);
}

function parseJson(text: string, step: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid(step, "begins like JSON but is not valid JSON");
  }
  if (Array.isArray(value)) throw invalid(step, "is a JSON array; it must be one JSON object, so that every output has a name");
  return value as Record<string, unknown>;
}

function invalid(step: string, what: string): JobFailure {
  return new JobFailure("outputs_invalid", `The output file of step ${JSON.stringify(step)} ${what}.`);
}
