import { sha256 } from "@berth/kit/digest";
import { AppError } from "@berth/kit/errors";
import type { System } from "../context.ts";

/**
 * The runner whose open session has this token.
 * @throws AppError `unauthenticated` where the session is over or never was: the runner waits for its next one
 */
export async function findSession({ system, token }: { system: System; token: string }): Promise<{ runnerId: string; orgId: string }> {
  const session = await system.db
    .selectFrom("runner_sessions")
    .select(["runner_id", "org_id"])
    .where("token_hash", "=", sha256(token))
    .where("closed_at", "is", null)
    .executeTakeFirst();
  if (!session) throw new AppError("unauthenticated", "The session of this token is over");
  return { runnerId: session.runner_id, orgId: session.org_id };
}
