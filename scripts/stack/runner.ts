import { join } from "node:path";
import { root } from "../run-step.ts";
import { startService, type Service } from "./service.ts";

/**
 * Starts a runner in a directory of its own, as a customer's machine would have it: it knows the control plane's URL and its one-time token, and nothing else.
 * A runner that is enrolled already ignores the token.
 */
export async function startRunner(input: {
  dir: string;
  url: string;
  enrolToken?: string;
  logFile: string;
  env?: Record<string, string>;
  /** The program; the runner's sources unless another, such as its bundle, is given. */
  program?: string;
}): Promise<Service> {
  return startService({
    name: "The runner",
    command: process.execPath,
    args: [input.program ?? join(root, "apps/runner/src/main.ts"), "run"],
    cwd: root,
    logFile: input.logFile,
    env: {
      BERTH_URL: input.url,
      BERTH_RUNNER_DIR: input.dir,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(root, "node_modules/.cache/node-compile"),
      ...(input.enrolToken === undefined ? {} : { BERTH_ENROLL_TOKEN: input.enrolToken }),
      ...input.env,
    },
  });
}
