import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createVault } from "./vault.ts";

const oldKey = { id: "key-0001", key: randomBytes(32) };
const newKey = { id: "key-0002", key: randomBytes(32) };

describe("the vault", () => {
  it("opens what it sealed, in the same context only", () => {
    const vault = createVault([oldKey]);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), fc.string(), fc.string(), (plain, context, other) => {
        const sealed = vault.seal(plain, context);
        expect(new Uint8Array(vault.open(sealed, context))).toEqual(plain);
        if (other !== context) expect(() => vault.open(sealed, other)).toThrow();
      }),
    );
  });
  it("derives keys that differ by purpose and by master key, and are the same in every replica", () => {
    const key = createVault([oldKey]).deriveKey("a");
    expect(key).toHaveLength(32);
    expect(createVault([oldKey, newKey]).deriveKey("a")).toEqual(key);
    expect(createVault([oldKey]).deriveKey("b")).not.toEqual(key);
    expect(createVault([newKey, oldKey]).deriveKey("a")).not.toEqual(key);
  });
  it("refuses bytes of which any single one was altered", () => {
    const vault = createVault([oldKey]);
    const sealed = vault.seal("a secret", "here");
    for (let index = 0; index < sealed.length; index++) {
      const altered = Buffer.from(sealed);
      altered[index] = (altered[index] ?? 0) ^ 1;
      expect(() => vault.open(altered, "here")).toThrow();
    }
  });
  it("reads what an older key sealed after a new one was put in front, and says which key is missing when it is gone", () => {
    const sealed = createVault([oldKey]).seal("x", "c");
    expect(createVault([newKey, oldKey]).open(sealed, "c").toString()).toBe("x");
    expect(() => createVault([newKey]).open(sealed, "c")).toThrow(/key-0001/);
  });
});
