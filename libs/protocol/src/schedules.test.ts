import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openSchedules, signSchedules, type ScheduleSet } from "./schedules.ts";

const { publicKey: key, privateKey } = generateKeyPairSync("ed25519");
const now = new Date("2026-03-01T12:00:00Z");
const set: ScheduleSet = {
  runnerId: "run1",
  installId: "inl1",
  issuedAt: "2026-03-01T00:00:00.000Z",
  expiresAt: "2026-03-08T00:00:00.000Z",
  schedules: [
    {
      action: "ping",
      cron: "* * * * *",
      timeoutSeconds: 60,
      spec: {
        kind: "action.run",
        action: "ping",
        trigger: "cron",
        envVars: { A: "1" },
        steps: [{ name: "s", command: "true", envVars: {} }],
      },
    },
  ],
};

describe("signed schedules", () => {
  it("are read by the runner that they were issued to, until they expire", () => {
    const signed = signSchedules(set, privateKey);
    expect(openSchedules(signed, { key, runnerId: "run1", now })).toEqual({ set });
    expect(openSchedules(signed, { key, runnerId: "run2", now })).toEqual({ refused: "it was issued to runner run1" });
    expect(openSchedules(signed, { key, runnerId: "run1", now: new Date(set.expiresAt) })).toEqual({
      refused: "it expired at 2026-03-08T00:00:00.000Z",
    });
  });

  it("of somebody else, or with anything altered, are refused", () => {
    const other = generateKeyPairSync("ed25519");
    expect(openSchedules(signSchedules(set, other.privateKey), { key, runnerId: "run1", now })).toHaveProperty("refused");
    const signed = signSchedules(set, privateKey);
    fc.assert(
      fc.property(fc.nat(signed.body.length - 1), fc.string({ unit: "binary", minLength: 1, maxLength: 1 }), (index, char) => {
        fc.pre(signed.body[index] !== char);
        const body = signed.body.slice(0, index) + char + signed.body.slice(index + 1);
        expect(openSchedules({ ...signed, body }, { key, runnerId: "run1", now })).toEqual({
          refused: "its signature is not the control plane's",
        });
      }),
    );
    expect(openSchedules({ ...signed, signature: "" }, { key, runnerId: "run1", now })).toHaveProperty("refused");
  });
});
