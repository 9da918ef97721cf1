import { AppError } from "@berth/kit/errors";

/** A text in an answer; undefined where there is none, or something else. */
export function textField(fields: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = fields[name];
  return typeof value === "string" ? value : undefined;
}

/** The value in an answer that says that there is one. @throws AppError where there is not: nothing is taken for an empty value */
export function valueIn(fields: Readonly<Record<string, unknown>>, name: string, address: string): string {
  const value = textField(fields, name);
  if (value === undefined) throw new AppError("upstream_failed", `The answer for ${address} has no ${name}`);
  return value;
}
