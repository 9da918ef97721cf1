import type { z } from "zod";
import type { Path } from "../source/position.ts";
import type { Table } from "../source/table.ts";

/** Reports a problem at a path of the raw table. */
export type Report = (
  path: Path,
  problem: { code: string; message: string; fix?: string; severity?: "warning"; part?: "key" | "value" },
) => void;

/** One kind of file, or of object within a file. */
export type Kind<Schema extends z.ZodType = z.ZodType> = {
  /** Its name as `?type=` and in the first-line comment. */
  type: string;
  title: string;
  description: string;
  /** Where such files lie, for people. */
  location: string;
  schema: Schema;
  /** What a schema cannot say: exclusive keys and the like. Runs even where the schema found problems. */
  rules?: (raw: Table, report: Report) => void;
  /** A valid file. */
  example: string;
};

/** A kind with the type of its schema kept. */
export function defineKind<Schema extends z.ZodType>(kind: Kind<Schema>): Kind<Schema> {
  return kind;
}

/** Exactly one (or at most one) of some keys must be there. */
export function exclusive(
  raw: Table,
  report: Report,
  input: { keys: readonly string[]; required: boolean; path?: Path; what: string },
): void {
  const present = input.keys.filter((key) => raw[key] !== undefined);
  const path = input.path ?? [];
  const list = input.keys.map((key) => `\`${key}\``).join(", ");
  if (present.length > 1) {
    const [first = "", ...others] = present;
    report([...path, others[0] ?? first], {
      code: "exclusive_keys",
      message: `${input.what} takes only one of ${list}, and this one has ${present.map((key) => `\`${key}\``).join(" and ")}`,
      fix: `remove ${others.map((key) => `\`${key}\``).join(" and ")} or \`${first}\``,
    });
  } else if (present.length === 0 && input.required) {
    report(path, { code: "missing_key", message: `${input.what} needs one of ${list}` });
  }
}
