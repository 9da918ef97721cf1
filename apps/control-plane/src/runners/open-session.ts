import { randomBytes } from "node:crypto";
import { sha256 } from "@berth/kit/digest";
import type { HelloMessage } from "@berth/protocol/messages";
import { afterCommit, transact, type System } from "../context.ts";
import { toJsonb } from "../db/jsonb.ts";
import { recordEvent } from "../events/record.ts";
import { reconcileJobs, type Reconciled } from "../jobs/reconcile.ts";
import { runnerCtx } from "../jobs/runner-ctx.ts";
import type { RunnerIdentity } from "./authenticate.ts";

/**
 * Opens a session: ends the runner's earlier ones, makes it online, and settles what it holds against what it should.
 * @returns undefined where it was disabled or revoked in this very moment
 */
export function openSession(args: {
  system: System;
  input: { sessionId: string; runner: RunnerIdentity; hello: HelloMessage; remoteAddr?: string };
}): Promise<(Reconciled & { sessionToken: string }) | undefined> {
  const { sessionId, runner, hello, remoteAddr } = args.input;
  return transact(runnerCtx(args.system, runner), async (ctx) => {
    const { system } = ctx;
    const now = system.now();
    const row = await ctx.db.selectFrom("runners").select("state").where("id", "=", runner.runnerId).forUpdate().executeTakeFirst();
    if (!row || row.state === "disabled" || row.state === "revoked") return undefined;
    const replaced = await ctx.db
      .updateTable("runner_sessions")
      .set({ closed_at: now, close_reason: "replaced" })
      .where("runner_id", "=", runner.runnerId)
      .where("closed_at", "is", null)
      .returning("id")
      .execute();
    const sessionToken = `brs_${randomBytes(32).toString("base64url")}`;
    await ctx.db
      .insertInto("runner_sessions")
      .values({
        id: sessionId,
        org_id: runner.orgId,
        runner_id: runner.runnerId,
        replica_id: system.replicaId,
        token_hash: sha256(sessionToken),
        remote_addr: remoteAddr ?? null,
        connected_at: now,
        last_heartbeat_at: now,
      })
      .execute();
    await ctx.db
      .updateTable("runners")
      .set({
        state: "online",
        version: hello.version.slice(0, 64),
        capabilities: toJsonb(hello.capabilities),
        slots: hello.slots,
        draining: hello.draining,
        last_seen_at: now,
      })
      .where("id", "=", runner.runnerId)
      .execute();
    if (row.state !== "online") {
      await recordEvent(ctx, {
        subjectKind: "runner",
        subjectId: runner.runnerId,
        event: "online",
        installId: runner.installId,
        data: { version: hello.version.slice(0, 64), sessionId },
      });
    }
    const reconciled = await reconcileJobs({ ctx, input: { runnerId: runner.runnerId, sessionId, holding: hello.holding } });
    // The replica that has the earlier session ends its socket.
    if (replaced.length > 0) await afterCommit(ctx, { kind: "publish", topic: "runner", data: { runnerId: runner.runnerId } });
    return { ...reconciled, sessionToken };
  });
}
