import type { FailureReason } from "@berth/protocol/job-result";
import { afterCommit, type Ctx } from "../context.ts";
import type { BuildFacts } from "../db/schema.ts";
import { recordEvent } from "../events/record.ts";
import { closeStream } from "../logs/close-stream.ts";
import { buildStatesAccepting, type BuildEvent } from "./state.ts";

/** How a build ended. */
export type BuildEnd =
  | { event: "succeed"; artifactId: string; facts?: BuildFacts }
  | { event: "fail"; failure: { reason: FailureReason; detail: string } }
  | { event: "cancel" };

const states = { succeed: "succeeded", fail: "failed", cancel: "cancelled" } as const satisfies Partial<Record<BuildEvent, string>>;

/**
 * Ends a build in the running transaction: row, event, log stream; config versions go over to a forced build that succeeded; and workflows that may
 * have waited for it are looked at after the commit.
 * @param input.attempt the attempt that reports; one that was taken over ends nothing
 * @returns false where the build had ended already or belongs to a later attempt
 */
export async function endBuild(ctx: Ctx, input: { buildId: string; attempt: number; end: BuildEnd }): Promise<boolean> {
  const { end } = input;
  const state = states[end.event];
  const build = await ctx.db
    .updateTable("builds")
    .set({
      state,
      finished_at: ctx.system.now(),
      lease_expires_at: null,
      ...(end.event === "succeed" ? { artifact_id: end.artifactId, ...(end.facts ? { facts: JSON.stringify(end.facts) } : {}) } : {}),
      ...(end.event === "fail" ? { failure: JSON.stringify(end.failure) } : {}),
    })
    .where("org_id", "=", ctx.orgId)
    .where("id", "=", input.buildId)
    .where("attempt", "=", input.attempt)
    .where("state", "in", buildStatesAccepting(end.event))
    .returning(["id", "app_id", "app_config_id", "target", "checksum", "forced", "log_stream_id"])
    .executeTakeFirst();
  if (!build) return false;
  if (end.event === "succeed" && build.forced) {
    await ctx.db
      .updateTable("app_config_targets")
      .set({ build_id: build.id })
      .where("app_config_id", "=", build.app_config_id)
      .where("target", "=", build.target)
      .where("checksum", "=", build.checksum)
      .execute();
  }
  await recordEvent(ctx, {
    subjectKind: "build",
    subjectId: build.id,
    event: state,
    data: {
      appId: build.app_id,
      target: build.target,
      attempt: input.attempt,
      ...(end.event === "fail" ? { reason: end.failure.reason } : {}),
      ...(end.event === "succeed" ? { artifactId: end.artifactId } : {}),
    },
  });
  await closeStream(ctx, build.log_stream_id);
  await wakeWorkflows(ctx, build.app_id);
  return true;
}

/** Workflows of the app's installs that are under way look again: one may have waited for this build. */
async function wakeWorkflows(ctx: Ctx, appId: string): Promise<void> {
  const open = await ctx.db
    .selectFrom("workflows")
    .innerJoin("installs", "installs.id", "workflows.install_id")
    .select("workflows.id")
    .where("workflows.org_id", "=", ctx.orgId)
    .where("installs.app_id", "=", appId)
    .where("workflows.state", "in", ["queued", "running", "awaiting_approval"])
    .execute();
  for (const { id } of open) await afterCommit(ctx, { kind: "enqueue", queue: "workflow-advance", data: { workflowId: id } });
}
