import { createClient, type ApiClient } from "@berth/api/client";
import { findLogin } from "./config/find-login.ts";
import type { Io } from "./io.ts";
import { renderTable, type Column } from "./output/table.ts";
import { version } from "./version.ts";

/** What every command gets. */
export type Cli = {
  io: Io;
  /** Results go out as JSON; what people read goes nowhere or to standard error. */
  json: boolean;
  /** The API of the control plane one is logged in to. */
  client(): Promise<ApiClient>;
  /** Prints a result: as JSON, or the text. */
  show(value: unknown, text: () => string): void;
  /** Prints a list: as a JSON array, or a table; `empty` where there is nothing. */
  list<T>(items: readonly T[], columns: readonly Column<T>[], empty: string): void;
  /** Tells a person what is going on. Not part of the result. */
  note(text: string): void;
};

/** @param input.org the org of a stored login; the last one used without it */
export function createCli(input: { io: Io; json: boolean; org?: string }): Cli {
  const { io, json } = input;
  let client: Promise<ApiClient> | undefined;
  const open = async (): Promise<ApiClient> => createClient({ ...(await findLogin(io, input.org)), userAgent: `berth-cli/${version}` });
  return {
    io,
    json,
    client: () => (client ??= open()),
    show(value, text) {
      io.out(json ? `${JSON.stringify(value, undefined, 2)}\n` : text());
    },
    list(items, columns, empty) {
      if (json) io.out(`${JSON.stringify(items, undefined, 2)}\n`);
      else if (items.length === 0) io.err(`${empty}\n`);
      else io.out(renderTable({ columns, items, width: io.width, dim: io.colors.dim }));
    },
    note(text) {
      (json ? io.err : io.out)(`${text}\n`);
    },
  };
}
