import type { HealthProbeSpec } from "@berth/protocol/job-spec";
import type { KubernetesProbe, Probe, ProbeReport } from "@berth/protocol/specs/health";
import { redactText } from "../../logs/redact.ts";
import { JobFailure, type Handler, type JobContext } from "../handler.ts";
import { askHttp } from "./ask-http.ts";
import { connectTcp } from "./connect-tcp.ts";
import { runExec } from "./run-exec.ts";

/** What a probe saw; the status where it tells more than well or not. */
export type Seen = Pick<ProbeReport, "healthy" | "status" | "why">;

const whyLength = 500;

/**
 * Makes every probe once: those over the network at the same time, programs one after the other, and so those that ask a cluster. What they find is the job's
 * output, not its failure.
 */
export const runProbes: Handler<HealthProbeSpec> = async (ctx, spec) => {
  const network = spec.probes.filter(({ type }) => type === "http" || type === "tcp");
  const exec = spec.probes.filter(({ type }) => type === "exec");
  const kubernetes = spec.probes.filter((probe) => probe.type === "kubernetes");
  const found = await Promise.all([
    Promise.all(network.map((probe) => report(ctx, probe))),
    inTurn(exec, (probe) => report(ctx, probe)),
    inTurn(kubernetes, clusterReporter(ctx)),
  ]);
  const probes = found.flat();
  for (const { component, name, why, ...seen } of probes) await ctx.spool.line(`[berth] ${component}, ${name}: ${statusOf(seen)}: ${why}`);
  return { outputs: { probes: { value: probes, sensitive: false } } };
};

function statusOf({ healthy, status }: Pick<Seen, "healthy" | "status">): string {
  return status ?? (healthy ? "healthy" : "unhealthy");
}

async function inTurn<P extends Probe>(probes: readonly P[], make: (probe: P) => Promise<ProbeReport>): Promise<ProbeReport[]> {
  const made: ProbeReport[] = [];
  for (const probe of probes) made.push(await make(probe));
  return made;
}

/** Reports of probes of clusters: one that does not answer is not asked again for the next component. */
function clusterReporter(ctx: JobContext): (probe: KubernetesProbe) => Promise<ProbeReport> {
  const away = new Map<string, ProbeReport>();
  return async (probe) => {
    const cluster = JSON.stringify(probe.cluster);
    const known = away.get(cluster);
    if (known) return { ...known, component: probe.component, name: probe.name };
    let answers = true;
    const made = await report(ctx, probe, () => (answers = false));
    if (!answers) away.set(cluster, made);
    return made;
  };
}

async function report(ctx: JobContext, probe: Probe, onSilence?: () => void): Promise<ProbeReport> {
  const limit = AbortSignal.timeout(probe.timeoutSeconds * 1000);
  const seen = await see(ctx, probe, AbortSignal.any([ctx.signal, limit])).catch((error: unknown): Seen => {
    if (limit.aborted || (error instanceof JobFailure && error.failure.reason === "cluster_unavailable")) onSilence?.();
    const why = limit.aborted ? `nothing came within ${probe.timeoutSeconds} s` : whatFailed(error);
    // Nobody has looked at the objects then: that says nothing of them.
    return { healthy: false, ...(probe.type === "kubernetes" ? { status: "unknown" } : {}), why };
  });
  return { component: probe.component, name: probe.name, ...seen, why: redactText(ctx.redaction, seen.why).slice(0, whyLength) };
}

async function see(ctx: JobContext, probe: Probe, signal: AbortSignal): Promise<Seen> {
  switch (probe.type) {
    case "http":
      return await askHttp(ctx.http, { url: probe.url, signal });
    case "tcp":
      return await connectTcp({ host: probe.host, port: probe.port, signal });
    case "exec":
      return await runExec(ctx, { command: probe.command, timeoutSeconds: probe.timeoutSeconds, signal });
    case "kubernetes":
      return await (await import("./look-at-objects.ts")).lookAtObjects({ ...ctx, signal }, probe);
  }
}

/** The system's own word for it, where there is one. */
function whatFailed(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === undefined || message.includes(code) ? message : `${code}: ${message}`;
}
