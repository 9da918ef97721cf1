import { enroll } from "../identity/enroll.ts";
import { loadIdentity } from "../identity/identity.ts";
import type { RunnerConfig } from "../env.ts";
import { createHttpClient } from "../net/request.ts";

/** `berth-runner enroll`: registers this runner; prints who it is. @returns the exit code */
export async function enrollCommand(config: RunnerConfig, print: (line: string) => void): Promise<number> {
  const known = loadIdentity(config.dir);
  if (known) {
    print(`Already enrolled as ${known.runnerId} of install ${known.installName} at ${known.url}. To enrol anew, use another --dir.`);
    return known.url === config.url || config.url === undefined ? 0 : 1;
  }
  if (config.url === undefined || config.enrolToken === undefined) {
    print("berth-runner enroll needs --url <control plane> and --token <one-time token>.");
    return 2;
  }
  const identity = await enroll({
    http: createHttpClient(config.net),
    url: config.url,
    token: config.enrolToken,
    dir: config.dir,
    name: config.name,
    onRetry: (problem) => print(`Trying again: ${problem}`),
  });
  print(`Enrolled as ${identity.runnerId} of install ${identity.installName}. Start it with: berth-runner run --dir ${config.dir}`);
  return 0;
}
