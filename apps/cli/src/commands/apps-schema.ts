import { AppError } from "@berth/kit/errors";
import { jsonSchemaFor, schemaList } from "@berth/toml-schema/json-schema";
import type { Command } from "commander";
import { addCommand, type Program } from "../command.ts";
import { InvalidInput } from "../invalid-input.ts";

export function addSchema(program: Program, group: Command): void {
  addCommand<{ type?: string }>(program, group, {
    name: "schema",
    summary: "Print the JSON Schema of a kind of TOML file, for editors; without --type, list the kinds",
    options: [["--type <type>", "terraform, helm, action, sandbox, …; full for all of an app in one value"]],
    examples: ["apps schema", "apps schema --type helm > helm.schema.json"],
    run({ cli, options }) {
      if (options.type === undefined) {
        const columns = [
          { title: "TYPE", cell: (kind: (typeof schemaList)[number]) => kind.type },
          { title: "FILES", cell: (kind: (typeof schemaList)[number]) => kind.location },
          { title: "WHAT", cell: (kind: (typeof schemaList)[number]) => kind.title },
        ];
        cli.list(schemaList, columns, "");
      } else cli.io.out(`${JSON.stringify(schemaOf(options.type), null, 2)}\n`);
      return Promise.resolve();
    },
  });
}

function schemaOf(type: string): object {
  try {
    return jsonSchemaFor(type);
  } catch (error) {
    if (error instanceof AppError && error.code === "not_found") throw new InvalidInput(error.message);
    throw error;
  }
}
