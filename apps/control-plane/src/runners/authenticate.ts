import { createPublicKey, verify, type KeyObject } from "node:crypto";
import { AppError } from "@berth/kit/errors";
import { helloPayload } from "@berth/protocol/messages";
import type { System } from "../context.ts";

/** A runner that has proven itself. */
export type RunnerIdentity = { runnerId: string; orgId: string; installId: string };

/** Why a session is refused for good: a code of the protocol's `goodbye`, and a sentence. */
export type Refusal = { code: "unknown_runner" | "revoked" | "disabled" | "bad_signature"; message: string };

/**
 * Reads an Ed25519 public key from SPKI DER in base64.
 * @throws AppError `bad_request` for anything else
 */
export function readPublicKey(base64: string): KeyObject {
  try {
    const key = createPublicKey({ key: Buffer.from(base64, "base64"), format: "der", type: "spki" });
    if (key.asymmetricKeyType === "ed25519") return key;
  } catch {
    // Said below: why OpenSSL does not like it helps nobody.
  }
  throw new AppError("bad_request", "publicKey must be an Ed25519 public key: SPKI, DER, in base64");
}

/** Checks who says hello: an enrolled runner that is neither disabled nor revoked, and that signed this connection's nonce. */
export async function authenticateRunner(args: {
  system: System;
  input: { runnerId: string; nonce: string; signature: string };
}): Promise<RunnerIdentity | Refusal> {
  const { runnerId, nonce, signature } = args.input;
  const runner = await args.system.db
    .selectFrom("runners")
    .select(["id", "org_id", "install_id", "public_key", "state"])
    .where("id", "=", runnerId)
    .executeTakeFirst();
  if (!runner?.public_key) return { code: "unknown_runner", message: `No runner ${runnerId} is enrolled here. Enrol it with a new token.` };
  const signed = verify(null, helloPayload({ nonce, runnerId }), readPublicKey(runner.public_key), Buffer.from(signature, "base64"));
  // Its state is told only to the runner itself.
  if (!signed)
    return { code: "bad_signature", message: "The signature is not that of this runner's key. Enrol it again if its key was lost." };
  if (runner.state === "revoked") return { code: "revoked", message: "This runner was revoked. The install needs a new one." };
  if (runner.state === "disabled")
    return { code: "disabled", message: "This runner is disabled. It will be let in once it is enabled again." };
  return { runnerId, orgId: runner.org_id, installId: runner.install_id };
}
