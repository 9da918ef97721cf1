import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import type { CallInput } from "@berth/api/client";
import { addCommand, type Program } from "../command.ts";
import { InvalidInput } from "../invalid-input.ts";
import { renderFields } from "../output/fields.ts";
import { safeText } from "../output/safe-text.ts";
import { resolveInstall } from "../resolve/install.ts";
import { parsePairs } from "../resolve/pairs.ts";

type Values = NonNullable<NonNullable<CallInput<"installs.stackOutputs.update">["body"]>["set"]>;

/** `berth installs stack`: what the stack in the customer's account has put out. */
export function addInstallStack(program: Program, group: Parameters<typeof addCommand>[1]): void {
  addCommand<{ app?: string; unset?: string[]; file?: string }>(program, group, {
    name: "stack <install> [name=value...]",
    summary: "Show what the stack in the customer's account has put out, or set and take away some",
    options: [
      ["--app <app>", "where several apps have an install of this name"],
      ["--file <path>", "a JSON object of outputs by name, or what `aws cloudformation describe-stacks` prints"],
      ["--unset <name...>", "take these away"],
    ],
    examples: ["installs stack acme", "installs stack acme region=eu-west-1 vpc_id=vpc-0a1b2c", "installs stack acme --file outputs.json"],
    async run({ cli, args: [install = "", ...pairs], options }) {
      const client = await cli.client();
      const { id: installId } = await resolveInstall(client, { install, app: options.app });
      const set: Values = {
        ...(options.file === undefined ? {} : readOutputs(options.file, cli.io.cwd)),
        ...parsePairs(pairs, cli.io.cwd),
      };
      const { outputs } =
        Object.keys(set).length === 0 && options.unset === undefined
          ? await client.call("installs.stackOutputs.get", { params: { installId } })
          : await client.call("installs.stackOutputs.update", {
              params: { installId },
              body: { set, unset: options.unset ?? [] },
            });
      const shown = Object.entries(outputs).map(
        ([name, value]) => [safeText(name), safeText(typeof value === "string" ? value : JSON.stringify(value))] as [string, string],
      );
      cli.show(outputs, () =>
        shown.length > 0
          ? renderFields(shown, cli.io.colors.dim)
          : "Nothing is known of a stack. Templates that read `.nuon.install_stack` fail.\n",
      );
    },
  });
}

const listed = z
  .array(z.object({ OutputKey: z.string(), OutputValue: z.json() }))
  .transform((outputs) => Object.fromEntries(outputs.map(({ OutputKey: name, OutputValue: value }) => [name, value])));

/** Outputs by name, as they are or as CloudFormation prints them. */
const outputsSchema = z.union([
  z.object({ Stacks: z.tuple([z.object({ Outputs: listed })], z.unknown()) }).transform(({ Stacks: [{ Outputs }] }) => Outputs),
  listed,
  z.record(z.string(), z.json()),
]);

/** @throws InvalidInput where the file can't be read, or holds something else */
function readOutputs(path: string, cwd: string): Values {
  let read: unknown;
  try {
    read = JSON.parse(readFileSync(resolve(cwd, path), "utf8"));
  } catch (error) {
    throw new InvalidInput(`The outputs cannot be read from ${path}: ${(error as Error).message}`);
  }
  const outputs = outputsSchema.safeParse(read);
  if (outputs.success) return outputs.data;
  throw new InvalidInput(`${path} has neither a JSON object of outputs by name nor a stack with its outputs`);
}
