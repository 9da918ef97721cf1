import { createInterface } from "node:readline";
import { runJob } from "../job/run-job.ts";

/** The hidden command of a job's own process: with its journal folder, or with `-` to get ready and be told the folder on standard input. */
export async function jobCommand(what: string, env: Readonly<Record<string, string | undefined>>): Promise<void> {
  if (what !== "-") return await runJob(what, env);
  await Promise.all([
    import("../handlers/terraform/plan.ts"),
    import("../handlers/terraform/apply.ts"),
    import("../handlers/action/run-action.ts"),
    import("../net/pull-fetch.ts"),
  ]);
  const lines = createInterface({ input: process.stdin });
  const [dir] = await new Promise<string[]>((resolve) => {
    lines.once("line", (line) => resolve([line]));
    lines.once("close", () => resolve([]));
  });
  lines.close();
  if (dir !== undefined && dir !== "") await runJob(dir, env);
}
