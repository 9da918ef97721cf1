import type { HealthProbeSpec } from "@berth/protocol/job-spec";
import type { Probe, ProbeReport } from "@berth/protocol/specs/health";
import { redactText } from "../../logs/redact.ts";
import type { Handler, JobContext } from "../handler.ts";
import { askHttp } from "./ask-http.ts";
import { connectTcp } from "./connect-tcp.ts";
import { runExec } from "./run-exec.ts";

/** What a probe saw. */
export type Seen = { healthy: boolean; why: string };

const whyLength = 500;

/** Makes every probe once: those over the network at the same time, programs one after the other. What they find is the job's output, not its failure. */
export const runProbes: Handler<HealthProbeSpec> = async (ctx, spec) => {
  const asked = Promise.all(spec.probes.filter(({ type }) => type !== "exec").map((probe) => report(ctx, probe)));
  const ran: ProbeReport[] = [];
  for (const probe of spec.probes.filter(({ type }) => type === "exec")) ran.push(await report(ctx, probe));
  const probes = [...(await asked), ...ran];
  for (const { component, name, healthy, why } of probes)
    await ctx.spool.line(`[berth] ${component}, ${name}: ${healthy ? "healthy" : "unhealthy"}: ${why}`);
  return { outputs: { probes: { value: probes, sensitive: false } } };
};

async function report(ctx: JobContext, probe: Probe): Promise<ProbeReport> {
  const limit = AbortSignal.timeout(probe.timeoutSeconds * 1000);
  const { healthy, why } = await see(ctx, probe, AbortSignal.any([ctx.signal, limit])).catch((error: unknown) => ({
    healthy: false,
    why: limit.aborted ? `nothing came within ${probe.timeoutSeconds} s` : whatFailed(error),
  }));
  return { component: probe.component, name: probe.name, healthy, why: redactText(ctx.redaction, why).slice(0, whyLength) };
}

function see(ctx: JobContext, probe: Probe, signal: AbortSignal): Promise<Seen> {
  switch (probe.type) {
    case "http":
      return askHttp(ctx.http, { url: probe.url, signal });
    case "tcp":
      return connectTcp({ host: probe.host, port: probe.port, signal });
    case "exec":
      return runExec(ctx, { command: probe.command, timeoutSeconds: probe.timeoutSeconds, signal });
  }
}

/** The system's own word for it, where there is one. */
function whatFailed(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === undefined || message.includes(code) ? message : `${code}: ${message}`;
}
