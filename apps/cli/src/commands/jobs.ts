import { addCommand, addGroup, type Program } from "../command.ts";
import { renderFields } from "../output/fields.ts";
import { safeText } from "../output/safe-text.ts";
import { stateColor } from "../output/state-color.ts";
import { renderTable } from "../output/table.ts";
import { ago, took } from "../output/time.ts";
import { collect, limitOf } from "../resolve/collect.ts";
import { resolveInstall } from "../resolve/install.ts";
import { failureText } from "../watch/step-line.ts";

export function addJobs(program: Program): void {
  const group = addGroup(program, "jobs", "What runners were given to do");
  addCommand<{ install?: string; workflow?: string; limit: string }>(program, group, {
    name: "list",
    summary: "List jobs, newest first",
    options: [
      ["--install <install>", "of this install"],
      ["--workflow <id>", "of this workflow"],
      ["--limit <n>", "at most so many", "20"],
    ],
    async run({ cli, options }) {
      const client = await cli.client();
      const query = {
        ...(options.install === undefined ? {} : { installId: (await resolveInstall(client, { install: options.install })).id }),
        ...(options.workflow === undefined ? {} : { workflowId: options.workflow }),
      };
      cli.list(
        await collect(client.pages("jobs.list", { query }), limitOf(options.limit)),
        [
          { title: "JOB", cell: (job) => job.id },
          { title: "KIND", cell: (job) => job.kind },
          { title: "TARGET", cell: (job) => safeText(job.target ?? "-"), cut: true },
          { title: "STATE", cell: (job) => stateColor(cli.io, job.state) },
          { title: "ATTEMPT", cell: (job) => String(job.epoch) },
          { title: "CREATED", cell: (job) => ago(job.createdAt) },
          { title: "TOOK", cell: (job) => took(job.acceptedAt, job.finishedAt) },
          { title: "WHY", cell: (job) => job.failure?.reason ?? job.waiting?.reason ?? "", cut: true },
        ],
        "No jobs.",
      );
    },
  });
  addCommand(program, group, {
    name: "get <job>",
    summary: "Show a job and its attempts",
    async run({ cli, args: [jobId = ""] }) {
      const job = await (await cli.client()).call("jobs.get", { params: { jobId } });
      cli.show(job, () => {
        const head = renderFields(
          [
            ["job", job.id],
            ["kind", job.kind],
            ["target", job.target === undefined ? undefined : safeText(job.target)],
            ["state", stateColor(cli.io, job.state)],
            ["runner", job.runnerId],
            ["workflow", job.workflowId],
            ["plan", job.planDigest],
            ["created", ago(job.createdAt)],
            ["took", took(job.acceptedAt, job.finishedAt) || undefined],
            ["cancelled", job.cancelReason === undefined ? undefined : safeText(job.cancelReason)],
            ["waits for", job.waiting ? safeText(`${job.waiting.waitsFor}. ${job.waiting.next}`) : undefined],
            ["failure", job.failure ? failureText(job.failure).trim() : undefined],
          ],
          cli.io.colors.dim,
        );
        const attempts = renderTable({
          items: job.attempts,
          width: cli.io.width,
          dim: cli.io.colors.dim,
          columns: [
            { title: "ATTEMPT", cell: (attempt) => String(attempt.epoch) },
            { title: "STATE", cell: (attempt) => stateColor(cli.io, attempt.state) },
            { title: "LOG", cell: (attempt) => attempt.logStreamId ?? "-" },
            { title: "ASSIGNED", cell: (attempt) => ago(attempt.assignedAt) },
            { title: "WHY", cell: (attempt) => safeText(attempt.reason ?? ""), cut: true },
          ],
        });
        return job.attempts.length === 0 ? head : `${head}\n${attempts}`;
      });
    },
  });
  addCommand<{ reason?: string }>(program, group, {
    name: "cancel <job>",
    summary: "Stop a job",
    options: [["--reason <text>", "kept with the job"]],
    async run({ cli, args: [jobId = ""], options }) {
      const after = await (
        await cli.client()
      ).call("jobs.cancel", { params: { jobId }, body: options.reason === undefined ? {} : { reason: options.reason } });
      cli.show(
        { id: jobId, ...after },
        () => `${jobId} is ${after.state === "cancelled" ? "cancelled" : `${after.state}; it ends when its runner has stopped it`}.\n`,
      );
    },
  });
}
