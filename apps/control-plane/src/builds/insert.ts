import { newId } from "@berth/kit/ids";
import { afterCommit, type Ctx } from "../context.ts";
import type { ResolvedSource } from "../db/schema.ts";
import { recordEvent } from "../events/record.ts";

/** Adds a queued build with its log stream, and puts it on the queue after the commit. @returns its id */
export async function insertBuild(
  ctx: Ctx,
  input: { appId: string; configId: string; target: string; checksum: string; source: ResolvedSource | null; why: string; forced: boolean },
): Promise<string> {
  const id = newId("build");
  const logStreamId = newId("logStream");
  await ctx.db
    .insertInto("log_streams")
    .values({ id: logStreamId, org_id: ctx.orgId, owner_kind: "build", owner_id: id, job_id: null })
    .execute();
  await ctx.db
    .insertInto("builds")
    .values({
      id,
      org_id: ctx.orgId,
      app_id: input.appId,
      app_config_id: input.configId,
      target: input.target,
      checksum: input.checksum,
      forced: input.forced,
      why: input.why,
      source: input.source === null ? null : JSON.stringify(input.source),
      state: "queued",
      failure: null,
      log_stream_id: logStreamId,
      created_at: ctx.system.now(),
    })
    .execute();
  await recordEvent(ctx, {
    subjectKind: "build",
    subjectId: id,
    event: "created",
    data: { appId: input.appId, target: input.target, why: input.why },
  });
  await enqueueBuild(ctx, id, 0);
  return id;
}

/** Puts a build on the queue. `attempt` is the last one made: with it, one waiting job per attempt is enough. */
export async function enqueueBuild(ctx: Ctx, buildId: string, attempt: number): Promise<void> {
  await afterCommit(ctx, { kind: "enqueue", queue: "build-run", data: { buildId }, dedupe: `${buildId}-${attempt}` });
}
