import { parseArgs } from "node:util";

/** How the quickstart was asked to run. */
export type Options = { yes: boolean; once: boolean; reset: boolean };

const usage = `npm run quickstart [-- options]

Starts PostgreSQL, the control plane and a runner on this machine and runs the example app through them: sync, build, provision, health check.

  --yes     approve every plan without asking
  --once    end when the install is active and healthy; the last line printed is one JSON object. Exit code 0, or 1 with the reason
  --reset   remove everything earlier runs left (the app's processes, databases, keys) and start from nothing
`;

/** Parses the command line; prints usage and exits on --help (0) or on an option that does not exist (2). */
export function readOptions(args: readonly string[]): Options {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { yes: { type: "boolean" }, once: { type: "boolean" }, reset: { type: "boolean" }, help: { type: "boolean", short: "h" } },
    });
    if (values.help) {
      process.stdout.write(usage);
      process.exit(0);
    }
    return { yes: values.yes ?? false, once: values.once ?? false, reset: values.reset ?? false };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`);
    process.exit(2);
  }
}
