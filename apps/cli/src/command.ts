import { type Command, Option } from "commander";
import { createCli, type Cli } from "./cli.ts";
import type { Io } from "./io.ts";

/** The program under construction: where commands are added and where their exit code goes. */
export type Program = { root: Command; io: Io; exitCode: number };

/** One command. `name` carries its arguments as commander writes them: `get <app>`. */
export type Spec<Options> = {
  name: string;
  summary: string;
  /** Flags and what they mean; a third part is the default. */
  options?: readonly (readonly [flags: string, description: string, fallback?: string])[];
  /** Lines without the leading `berth`. */
  examples?: readonly string[];
  /** @returns the exit code; 0 when nothing is returned */
  run(input: { cli: Cli; args: string[]; options: Options }): Promise<number | void>;
};

/** A group of commands: `berth apps …`. */
export function addGroup(program: Program, name: string, summary: string): Command {
  return program.root.command(name).summary(summary).description(summary).helpCommand(false);
}

/** Adds a command to a group, or to the program itself. */
export function addCommand<Options = Record<never, never>>(program: Program, parent: Command, spec: Spec<Options>): void {
  const command = parent.command(spec.name).summary(spec.summary).description(spec.summary);
  for (const [flags, description, fallback] of spec.options ?? []) {
    const option = new Option(flags, description);
    if (fallback !== undefined) option.default(fallback);
    command.addOption(option);
  }
  if (spec.examples) command.addHelpText("after", `\nExamples:\n${spec.examples.map((line) => `  berth ${line}`).join("\n")}`);
  command.action(async () => {
    const globals = program.root.opts<{ json?: boolean; org?: string }>();
    const cli = createCli({ io: program.io, json: globals.json ?? false, ...(globals.org === undefined ? {} : { org: globals.org }) });
    const args = command.processedArgs.flat().filter((arg): arg is string => typeof arg === "string");
    program.exitCode = (await spec.run({ cli, args, options: command.opts() as Options })) ?? 0;
  });
}
