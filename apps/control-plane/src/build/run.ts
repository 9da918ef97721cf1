import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { recordArtifact } from "../artifacts/record.ts";
import { endBuild, type BuildEnd } from "../builds/end.ts";
import { enqueueBuild } from "../builds/insert.ts";
import { buildTargets } from "../configs/targets.ts";
import { transact, type System } from "../context.ts";
import { recordEvent } from "../events/record.ts";
import { openLogWriter, type LogWriter } from "../logs/write.ts";
import { claimBuild, type ClaimedBuild } from "./claim.ts";
import { explainFailure, type BuildStage } from "./explain-failure.ts";
import { holdLease, type HeldLease } from "./hold-lease.ts";
import type { Made } from "./make/maker.ts";
import { makeArtifact } from "./make-artifact.ts";
import { openPushRegistry, type PushRegistry } from "./push-registry.ts";

const defaultLeaseMs = 20_000;
const mostAttempts = 5;

/**
 * Runs a build that waits, or whose builder died, to its end; does nothing where another builder has it or it has ended.
 * On abort of `signal` (this process shuts down) the build goes back to the queue.
 */
export async function runBuild(input: {
  system: System;
  buildId: string;
  signal: AbortSignal;
  /** How long the build stays ours without a renewal. */
  leaseMs?: number;
}): Promise<void> {
  const { system, buildId } = input;
  const leaseMs = input.leaseMs ?? defaultLeaseMs;
  const claimed = await claimBuild({ system, buildId, leaseMs });
  if (!claimed) return;
  const { ctx, build } = claimed;
  const { attempt } = build;
  using lease = holdLease({ ctx, buildId, attempt, leaseMs });
  const log = await openLogWriter({ ctx, streamId: build.log_stream_id });
  const dir = await makeBuildDir(system, buildId, attempt);
  try {
    const end = await work({ claimed, lease, log, dir, signal: input.signal, registry: openPushRegistry(system) });
    if (end === "lost") return;
    if (end === "released") {
      await release(claimed);
      return;
    }
    await log.write(lastLine(end)).catch((error: unknown) => warnOfLog(system, buildId, error));
    await transact(ctx, async (inner) => {
      const ending: BuildEnd =
        end.event === "succeed"
          ? {
              event: "succeed",
              artifactId: await recordArtifact(inner, { appId: build.app_id, ...end.artifact }),
              ...(end.artifact.facts ? { facts: end.artifact.facts } : {}),
            }
          : end;
      await endBuild(inner, { buildId, attempt, end: ending });
    });
  } finally {
    await rm(dir, { recursive: true, force: true, maxRetries: 3 });
  }
}

type Outcome = "lost" | "released" | { event: "succeed"; artifact: Made } | Exclude<BuildEnd, { event: "succeed" }>;

async function work(input: {
  claimed: ClaimedBuild;
  lease: HeldLease;
  log: LogWriter;
  dir: string;
  signal: AbortSignal;
  registry: PushRegistry;
}): Promise<Outcome> {
  const { lease, log } = input;
  const { ctx, build } = input.claimed;
  if (build.cancel_requested_at) return { event: "cancel" };
  if (build.attempt > mostAttempts) {
    return {
      event: "fail",
      failure: { reason: "internal", detail: `${mostAttempts} builders died while building this; it will not be tried again by itself` },
    };
  }
  const { config } = await ctx.db
    .selectFrom("app_configs")
    .select("config")
    .where("id", "=", build.app_config_id)
    .executeTakeFirstOrThrow();
  const target = buildTargets(config).find((one) => one.target === build.target);
  if (!target || (target.repo && !build.source))
    throw new Error(`Build ${build.id} is of ${build.target}, which its config does not build`);

  const timeout = AbortSignal.timeout(target.timeoutSeconds * 1000);
  const signal = AbortSignal.any([input.signal, lease.signal, timeout]);
  let stage: BuildStage = "source";
  const say = (line: string): void => {
    log.write(`${line}\n`).catch((error: unknown) => warnOfLog(ctx.system, build.id, error));
  };
  try {
    say(`Build ${build.id} of ${target.label}, attempt ${build.attempt}: ${build.why}`);
    const artifact = await makeArtifact({
      ctx,
      build: { id: build.id, appId: build.app_id, target, source: build.source ?? undefined },
      dir: input.dir,
      registry: input.registry,
      say,
      onStage: (now) => {
        stage = now;
      },
      signal,
    });
    return { event: "succeed", artifact };
  } catch (error) {
    const stopped = lease.stopped();
    if (stopped === "lost") return "lost";
    if (stopped === "cancelled") return { event: "cancel" };
    if (input.signal.aborted) return "released";
    if (timeout.aborted) {
      return {
        event: "fail",
        failure: { reason: "timed_out", detail: `The build took longer than ${target.timeoutSeconds} s, its limit` },
      };
    }
    const failure = explainFailure(error, stage);
    if (failure.reason === "internal") ctx.system.logger.error({ err: error, buildId: build.id, stage }, "a build failed unexpectedly");
    return { event: "fail", failure };
  }
}

/** Gives the build back to the queue, for another process. */
async function release({ ctx, build }: ClaimedBuild): Promise<void> {
  await transact(ctx, async (inner) => {
    const row = await inner.db
      .updateTable("builds")
      .set({ state: "queued", lease_expires_at: null })
      .where("id", "=", build.id)
      .where("attempt", "=", build.attempt)
      .where("state", "=", "running")
      .returning("id")
      .executeTakeFirst();
    if (!row) return;
    await recordEvent(inner, { subjectKind: "build", subjectId: build.id, event: "released", data: { attempt: build.attempt } });
    await enqueueBuild(inner, build.id, build.attempt);
  });
}

/** A directory for this attempt. What an earlier one left on this machine goes away: it cannot be used, its builder has lost the build. */
async function makeBuildDir(system: System, buildId: string, attempt: number): Promise<string> {
  const root = join(system.settings.dataDir, "builds");
  await mkdir(root, { recursive: true });
  for (const name of await readdir(root)) if (name.startsWith(`${buildId}-`)) await rm(join(root, name), { recursive: true, force: true });
  const dir = join(root, `${buildId}-${attempt}`);
  await mkdir(dir, { mode: 0o700 });
  return dir;
}

/** A log with a gap is no reason to throw away what was built. */
function warnOfLog(system: System, buildId: string, error: unknown): void {
  system.logger.warn({ err: error, buildId }, "a build's log could not be written");
}

function lastLine(end: Exclude<Outcome, string>): string {
  switch (end.event) {
    case "succeed":
      return "Succeeded\n";
    case "cancel":
      return "Cancelled\n";
    case "fail":
      return `Failed (${end.failure.reason}): ${end.failure.detail}\n`;
  }
}
