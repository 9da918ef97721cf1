import { generateKeyPairSync, sign, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { helloPayload } from "./messages.ts";

describe("the hello signature", () => {
  it("is bound to the nonce and the runner", () => {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const signature = sign(null, helloPayload({ nonce: "nonce-1-nonce-1-", runnerId: "run1" }), privateKey);
    expect(verify(null, helloPayload({ nonce: "nonce-1-nonce-1-", runnerId: "run1" }), publicKey, signature)).toBe(true);
    expect(verify(null, helloPayload({ nonce: "nonce-2-nonce-2-", runnerId: "run1" }), publicKey, signature)).toBe(false);
    expect(verify(null, helloPayload({ nonce: "nonce-1-nonce-1-", runnerId: "run2" }), publicKey, signature)).toBe(false);
  });
});
