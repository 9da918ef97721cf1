import type { z } from "zod";
import { didYouMean } from "./suggest.ts";

/** A schema's complaint in plain words. */
export type Explained = { code: string; message: string; fix?: string };

/**
 * Says what is wrong with `value` at the issue's path, and what to write instead where that is clear.
 * @param input.legacy old spellings, which are not proposed
 * @param input.accepts whether a text would be right
 */
export function explainIssue(input: {
  issue: z.core.$ZodIssue;
  value: unknown;
  legacy: ReadonlySet<string>;
  accepts: (text: string) => boolean;
}): Explained {
  const { issue, value, legacy } = input;
  const key = `\`${issue.path.filter((part) => typeof part === "string").join(".") || "file"}\``;
  const last = issue.path.findLast((part) => typeof part === "string") ?? "";
  const options = issue.code === "invalid_value" ? issue.values.map(String).filter((option) => !legacy.has(option)) : [];
  if (value === undefined) {
    const fix = options.length > 0 ? { fix: `add \`${last}\` with one of ${quoted(options)}` } : {};
    return { code: "missing_key", message: `${key} is missing`, ...fix };
  }
  if (issue.code === "invalid_value") return explainChoice(key, value, options);
  if (issue.code === "invalid_type") return explainType({ key, last, value, expected: issue.expected, accepts: input.accepts });
  if (issue.code === "invalid_format") return explainFormat(key, value);
  if (issue.code === "too_small") return { code: "invalid_value", message: `${key} must not be empty` };
  if (issue.code === "invalid_union") return { code: "wrong_type", message: `${key} cannot be ${kindOf(value)}` };
  return { code: "invalid_value", message: `${key}: ${issue.message}` };
}

const quoted = (options: readonly string[]) => options.map((option) => JSON.stringify(option)).join(", ");

function explainChoice(key: string, value: unknown, options: string[]): Explained {
  const near = typeof value === "string" ? didYouMean(value, options) : undefined;
  if (options.length > 8)
    return { code: "invalid_value", message: `${key} cannot be ${shown(value)}`, fix: near ?? `one of ${quoted(options)}` };
  const message = `${key} is ${options.length > 1 ? "one of " : ""}${quoted(options)}, not ${shown(value)}`;
  return { code: "invalid_value", message, ...(near ? { fix: near } : {}) };
}

function explainType(input: {
  key: string;
  last: string;
  value: unknown;
  expected: string;
  accepts: (text: string) => boolean;
}): Explained {
  const { key, last, value, expected } = input;
  const wanted = expected === "int" || expected === "number" ? "a whole number" : (kindNames[expected] ?? expected);
  const message = `${key} must be ${wanted}, not ${kindOf(value)}`;
  const scalar = typeof value === "number" || typeof value === "boolean" || typeof value === "bigint";
  if (expected === "string" && scalar) {
    // A length of time needs its unit, too.
    const text = [String(value), `${String(value)}s`].find(input.accepts);
    return { code: "wrong_type", message, ...(text === undefined ? {} : { fix: `write ${last} = "${text}"` }) };
  }
  if (expected === "boolean" && (value === "true" || value === "false"))
    return { code: "wrong_type", message, fix: `write ${last} = ${value}` };
  if ((expected === "int" || expected === "number") && typeof value === "string" && /^\d+$/.test(value)) {
    return { code: "wrong_type", message, fix: `write ${last} = ${value}` };
  }
  if (expected === "array" && typeof value === "string") return { code: "wrong_type", message, fix: `write ${last} = ["${value}"]` };
  if (expected === "array" && kindOf(value) === "a table")
    return { code: "wrong_type", message, fix: `write [[${last}]] instead of [${last}]` };
  if ((expected === "object" || expected === "record") && Array.isArray(value))
    return { code: "wrong_type", message, fix: `write [${last}] instead of [[${last}]]` };
  return { code: "wrong_type", message };
}

function explainFormat(key: string, value: unknown): Explained {
  const text = typeof value === "string" ? value : "";
  const fix = /^\d+$/.test(text) ? `did you mean "${text}s"?` : undefined;
  return {
    code: "invalid_value",
    message: `${key} must be a length of time such as "30s", "5m" or "1h30m", not ${shown(value)}`,
    ...(fix ? { fix } : {}),
  };
}

const kindNames: Record<string, string> = {
  string: "a string",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "a table",
  record: "a table",
};

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (value instanceof Date) return "a date";
  return kindNames[typeof value] ?? typeof value;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
