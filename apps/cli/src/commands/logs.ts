import type { ApiClient } from "@berth/api/client";
import { addCommand, type Program } from "../command.ts";
import { NotFound } from "../not-found.ts";
import { resolveStep, resolveWorkflow } from "../resolve/workflow.ts";
import { tailLog } from "../watch/tail-log.ts";

export function addLogs(program: Program): void {
  addCommand(program, program.root, {
    name: "logs <what> [step]",
    summary: "Print a log and follow it to its end: of a job, a build, an action run, a log stream, or a workflow's step",
    examples: ["logs job0abc…", "logs bld0abc…", "logs acme component:db/apply", "logs wfl0abc… 3"],
    async run({ cli, args: [what = "", step] }) {
      const client = await cli.client();
      await tailLog(cli, { client, streamId: await streamOf(client, what, step) });
    },
  });
}

async function streamOf(client: ApiClient, what: string, step: string | undefined): Promise<string> {
  const kind = /^(log|job|bld|acr)[0-9a-z]{22}$/.exec(what)?.[1];
  if (kind === "log") return what;
  if (kind === "bld") return (await client.call("builds.get", { params: { buildId: what } })).logStreamId;
  // From the first attempt on, if there were several: each names the next.
  if (kind === "job") {
    const job = await client.call("jobs.get", { params: { jobId: what } });
    return job.attempts.find((attempt) => attempt.logStreamId !== undefined)?.logStreamId ?? job.logStreamId;
  }
  if (kind === "acr") {
    const run = await client.call("actions.runs.get", { params: { runId: what } });
    if (run.logStreamId === undefined) throw new NotFound(`The run ${what} has no log yet: it is ${run.state}.`);
    return run.logStreamId;
  }
  const workflow = await resolveWorkflow(client, what);
  const withLog = workflow.steps.filter((each) => each.logStreamId !== undefined);
  const found = step === undefined ? (withLog.find((each) => each.state === "failed") ?? withLog.at(-1)) : resolveStep(workflow, step);
  if (found?.logStreamId === undefined)
    throw new NotFound(`${found ? `The step ${found.key}` : `Workflow ${workflow.id}`} has no log yet.`);
  return found.logStreamId;
}
