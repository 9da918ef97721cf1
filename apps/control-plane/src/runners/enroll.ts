import { sha256 } from "@berth/kit/digest";
import { AppError } from "@berth/kit/errors";
import type { EnrollRequest, EnrollResponse } from "@berth/protocol/runner-http";
import { afterCommit, transact, type System } from "../context.ts";
import { recordEvent } from "../events/record.ts";
import { runnerCtx } from "../jobs/runner-ctx.ts";
import { readPublicKey } from "./authenticate.ts";

/**
 * Registers a runner's public key against a one-time token. The same token with the same key again gets the same answer: the first one may have been lost.
 * @throws AppError `unauthenticated` for a token that is unknown, used with another key, or expired; `runner_disabled` where the runner was revoked
 */
export async function enrollRunner(args: { system: System; input: EnrollRequest; from?: string }): Promise<EnrollResponse> {
  const { system, input } = args;
  readPublicKey(input.publicKey);
  const owner = await system.db
    .selectFrom("enrolment_tokens")
    .select(["org_id", "runner_id"])
    .where("token_hash", "=", sha256(input.token))
    .executeTakeFirst();
  if (!owner) throw refused();
  const ctx = {
    ...runnerCtx(system, { orgId: owner.org_id, runnerId: owner.runner_id }),
    ...(args.from === undefined ? {} : { from: args.from }),
  };
  return transact(ctx, async (inner) => {
    const { db } = inner;
    const now = system.now();
    // The runner first, as everywhere: two enrolments at once come one after the other.
    const runner = await db
      .selectFrom("runners")
      .innerJoin("installs", "installs.id", "runners.install_id")
      .select(["runners.id", "runners.state", "runners.public_key", "runners.install_id", "installs.name as install_name"])
      .where("runners.id", "=", owner.runner_id)
      .forUpdate("runners")
      .executeTakeFirst();
    const token = await db
      .selectFrom("enrolment_tokens")
      .select(["id", "expires_at", "used_at"])
      .where("token_hash", "=", sha256(input.token))
      .executeTakeFirst();
    if (!runner || !token) throw refused();
    const answer = { runnerId: runner.id, installId: runner.install_id, installName: runner.install_name };
    if (token.used_at) {
      if (runner.public_key === input.publicKey) return answer;
      throw refused();
    }
    if (token.expires_at <= now) throw refused();
    if (runner.state === "revoked") throw new AppError("runner_disabled", "This runner was revoked. Ask the vendor for a new one.");
    await db.updateTable("enrolment_tokens").set({ used_at: now }).where("id", "=", token.id).execute();
    await db
      .updateTable("runners")
      .set({
        public_key: input.publicKey,
        version: input.version,
        state: runner.state === "disabled" ? "disabled" : "offline",
        ...(input.name === undefined ? {} : { name: input.name }),
      })
      .where("id", "=", runner.id)
      .execute();
    // Who enrols anew has another key: a session of the old one ends.
    await db
      .updateTable("runner_sessions")
      .set({ closed_at: now, close_reason: "enrolled again" })
      .where("runner_id", "=", runner.id)
      .where("closed_at", "is", null)
      .execute();
    await recordEvent(inner, {
      subjectKind: "runner",
      subjectId: runner.id,
      event: "enrolled",
      installId: runner.install_id,
      data: { keyDigest: sha256(input.publicKey), version: input.version, ...(args.from === undefined ? {} : { from: args.from }) },
    });
    await afterCommit(inner, { kind: "publish", topic: "runner", data: { runnerId: runner.id } });
    return answer;
  });
}

function refused(): AppError {
  return new AppError("unauthenticated", "The enrolment token is unknown, used or expired. Ask the vendor for a new one.");
}
