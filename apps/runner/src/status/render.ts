import type { Identity } from "../identity/identity.ts";
import type { RunnerStatus } from "./status-file.ts";

/** The status as a person reads it: what the runner does, and why it waits. */
export function renderStatus(input: {
  dir: string;
  identity: Identity | undefined;
  status: RunnerStatus | undefined;
  alive: boolean;
  now: number;
}): string {
  const { identity, status } = input;
  if (!identity) {
    return `Not enrolled: there is no identity in ${input.dir}.\nEnrol with: berth-runner enroll --url <control plane> --token <token> --dir ${input.dir}`;
  }
  const lines = [`Runner ${identity.runnerId} of install ${identity.installName} (${identity.installId}) at ${identity.url}`];
  if (!status || !input.alive) {
    lines.push(`Not running. Start it with: berth-runner run --dir ${input.dir}`);
    if (status && status.jobs.length > 0)
      lines.push(`${plural(status.jobs.length, "job")} in the journal; a start adopts and reports them.`);
    return lines.join("\n");
  }
  lines.push(
    `Running as process ${status.process.pid} since ${status.startedAt}, version ${status.version}`,
    connectionLine(status, input.now),
  );
  lines.push(
    status.draining ? "Draining: no new jobs; ends when the running ones have." : `Slots: ${status.freeSlots} of ${status.slots} free`,
  );
  if (status.obstacle !== undefined) lines.push(`Takes no jobs: ${status.obstacle}`);
  lines.push(...scheduleLines(status));
  if (status.jobs.length === 0) lines.push(status.connection.kind === "connected" ? "No jobs: waiting for work." : "No jobs.");
  for (const job of status.jobs) {
    const target = job.target === undefined ? "" : ` ${job.target}`;
    lines.push(`Job ${job.jobId} (${job.kind}${target}, epoch ${job.epoch}) since ${job.since}: ${job.waiting}`);
  }
  return lines.join("\n");
}

function scheduleLines({ schedules, connection }: RunnerStatus): string[] {
  const { count, expiresAt, running, waiting } = schedules;
  const lines: string[] = [];
  if (count > 0) {
    const [goes, is] = count === 1 ? ["goes", "is"] : ["go", "are"];
    const what = connection.kind === "connected" ? `${goes} on without a link` : `${is} run here, as there is no link,`;
    lines.push(`${plural(count, "schedule")} ${what} until ${expiresAt}`);
  }
  for (const run of running) lines.push(`Scheduled run of ${run.action ?? "the probes"} since ${run.since}`);
  if (waiting > 0) lines.push(`${plural(waiting, "scheduled run")} made without a link: not reported yet`);
  return lines;
}

function connectionLine(status: RunnerStatus, now: number): string {
  const connection = status.connection;
  switch (connection.kind) {
    case "connected":
      return `Connected since ${connection.since}`;
    case "connecting":
      return `Connecting (try ${connection.attempt + 1})`;
    case "waiting": {
      const seconds = Math.max(0, Math.round((Date.parse(connection.retryAt) - now) / 1000));
      const fatal = connection.fatal ? " A person has to act: ask the vendor, or enrol again." : "";
      return `Not connected: ${connection.problem}.${fatal} Next try in ${seconds} s.`;
    }
    case "closed":
      return "Not connected: stopping";
  }
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
