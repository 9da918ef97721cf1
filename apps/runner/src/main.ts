import { parseArgs } from "node:util";
import { messageOf } from "@berth/kit/errors";

const usage = `berth-runner: runs a vendor's deployments in your own account. It dials out; it opens no port.

  berth-runner enroll --url <control plane> --token <one-time token> [--dir <directory>] [--name <name>]
  berth-runner run    [--dir <directory>] [--url <control plane> --token <one-time token>]
  berth-runner status [--dir <directory>] [--json]

The directory (default ~/.berth-runner, or BERTH_RUNNER_DIR) holds the runner's key and its journal of jobs.
Every setting is an environment variable too: BERTH_URL, BERTH_ENROLL_TOKEN, BERTH_SLOTS, BERTH_CA_FILE, HTTPS_PROXY, NO_PROXY, …
`;

async function main(): Promise<number> {
  const [command, ...rest] = process.argv.slice(2);
  if (command === "job") {
    await (await import("./commands/job.ts")).jobCommand(rest[0] ?? "", process.env);
    return 0;
  }
  const { values } = parseArgs({
    args: rest,
    options: {
      url: { type: "string" },
      token: { type: "string" },
      dir: { type: "string" },
      name: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const { json, help, ...flags } = values;
  if (help || command === undefined || !["enroll", "run", "status"].includes(command)) {
    process.stdout.write(usage);
    return help ? 0 : 2;
  }
  const { parseRunnerEnv } = await import("./env.ts");
  const config = parseRunnerEnv(process.env, flags);
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  if (command === "enroll") return await (await import("./commands/enroll.ts")).enrollCommand(config, print);
  if (command === "status") return (await import("./commands/status.ts")).statusCommand(config, { json }, print);
  const { runCommand } = await import("./commands/run.ts");
  return await runCommand({
    config,
    env: process.env,
    self: { execPath: process.execPath, execArgv: process.execArgv, entry: process.argv[1] ?? "" },
    onSignal: (handler) => {
      process.on("SIGTERM", handler);
      process.on("SIGINT", handler);
    },
  });
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`berth-runner: ${messageOf(error)}\n`);
  process.exitCode = 1;
}
// What is still open (sockets of a second signal's hurry, a watcher) must not keep the process.
process.exit();
