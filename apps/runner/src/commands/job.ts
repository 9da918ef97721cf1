import { createInterface } from "node:readline";
import { runJob } from "../job/run-job.ts";

/**
 * The hidden command of a process that runs jobs: the journal folder of the first, or `-` to get ready. Further folders come on standard input, a line each,
 * when the job before has ended; it ends when that closes.
 */
export async function jobCommand(what: string, env: Readonly<Record<string, string | undefined>>): Promise<void> {
  if (what === "-") {
    await Promise.all([
      import("../handlers/terraform/plan.ts"),
      import("../handlers/terraform/apply.ts"),
      import("../handlers/helm/plan.ts"),
      import("../handlers/helm/apply.ts"),
      import("../handlers/kubernetes/plan.ts"),
      import("../handlers/kubernetes/apply.ts"),
      import("../handlers/action/run-action.ts"),
      import("../net/pull-fetch.ts"),
    ]);
  } else await runJob(what, env);
  for await (const dir of createInterface({ input: process.stdin })) if (dir !== "") await runJob(dir, env);
}
