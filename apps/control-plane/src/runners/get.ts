import { openJobStates } from "@berth/protocol/job-state";
import { AppError } from "@berth/kit/errors";
import type { Ctx } from "../context.ts";
import { runnerView, type RunnerView } from "./view.ts";

/** A runner with its session and the jobs it has or will get. */
export type RunnerDetail = RunnerView & {
  session?: { id: string; replicaId: string; remoteAddr?: string; connectedAt: string };
  jobs: { id: string; kind: string; target?: string; state: string; createdAt: string }[];
};

/** @throws AppError `not_found` */
export async function getRunner(ctx: Ctx, input: { runnerId: string }): Promise<RunnerDetail> {
  const row = await ctx.db
    .selectFrom("runners")
    .selectAll()
    .where("org_id", "=", ctx.orgId)
    .where("id", "=", input.runnerId)
    .executeTakeFirst();
  if (!row) throw new AppError("not_found", `There is no runner ${input.runnerId}`);
  const session = await ctx.db
    .selectFrom("runner_sessions")
    .select(["id", "replica_id", "remote_addr", "connected_at"])
    .where("runner_id", "=", row.id)
    .where("closed_at", "is", null)
    .executeTakeFirst();
  const jobs = await ctx.db
    .selectFrom("jobs")
    .select(["id", "kind", "target", "state", "created_at"])
    .where("runner_id", "=", row.id)
    .where("state", "in", openJobStates)
    .orderBy("created_at")
    .limit(200)
    .execute();
  return {
    ...runnerView(row),
    ...(session
      ? {
          session: {
            id: session.id,
            replicaId: session.replica_id,
            connectedAt: session.connected_at.toISOString(),
            ...(session.remote_addr === null ? {} : { remoteAddr: session.remote_addr }),
          },
        }
      : {}),
    jobs: jobs.map((job) => ({
      id: job.id,
      kind: job.kind,
      state: job.state,
      createdAt: job.created_at.toISOString(),
      ...(job.target === null ? {} : { target: job.target }),
    })),
  };
}
