import { createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { decodeLogFrame, encodeLogFrame } from "./log-frame.ts";
import { enrollRequestSchema, enrollResponseSchema, lockInfoSchema, stateUploadHeaders } from "./runner-http.ts";
import { parseRunnerMessage, parseServerMessage } from "./parse.ts";
import { openSchedules, type SignedSchedules } from "./schedules.ts";

const read = (file: string): unknown => JSON.parse(readFileSync(join(import.meta.dirname, "../fixtures/v1", file), "utf8"));
const server = read("server-messages.json") as Record<string, object>;
const runner = read("runner-messages.json") as Record<string, object>;
const http = read("runner-http.json") as Record<string, unknown>;
const frames = read("log-frames.json") as {
  name: string;
  streamId: string;
  offset: number;
  rawLength: number;
  deflated: boolean;
  payloadHex: string;
  frameHex: string;
}[];

describe("golden messages of version 1", () => {
  it.each(Object.entries(server))("server: %s is read whole", (_name, message) => {
    expect(parseServerMessage(JSON.stringify(message))).toEqual({ ok: true, message });
  });
  it.each(Object.entries(runner))("runner: %s is read whole", (_name, message) => {
    expect(parseRunnerMessage(JSON.stringify(message))).toEqual({ ok: true, message });
  });
  it("a field of a later version is dropped", () => {
    const message = { ...server.move, later: { anything: true } };
    expect(parseServerMessage(JSON.stringify(message))).toEqual({ ok: true, message: server.move });
  });
  it("a type of a later version is told apart from a broken message", () => {
    expect(parseServerMessage('{"type":"dance"}')).toMatchObject({ ok: false, unknownType: "dance" });
    const broken = parseServerMessage('{"type":"move"}');
    expect(broken).toMatchObject({ ok: false });
    expect(broken).not.toHaveProperty("unknownType");
    expect(parseRunnerMessage("{")).toEqual({ ok: false, problem: "not JSON" });
    expect(parseRunnerMessage("[]")).toEqual({ ok: false, problem: "no type" });
  });
  it("a broken message is described without its values", () => {
    const broken = parseServerMessage(JSON.stringify({ ...server["job.assign action.run"], jobToken: ["hunter22"] }));
    expect(broken.ok).toBe(false);
    expect(JSON.stringify(broken)).toContain("jobToken");
    expect(JSON.stringify(broken)).not.toContain("hunter22");
  });
});

describe("golden schedules of version 1", () => {
  const opened = (ready: string, set: string) => {
    const { scheduleKey } = server[ready] as { scheduleKey: string };
    const key = createPublicKey({ key: Buffer.from(scheduleKey, "base64"), format: "der", type: "spki" });
    return openSchedules(server[set] as SignedSchedules, { key, runnerId: "run1", now: new Date("2026-03-01T12:00:00Z") });
  };

  it("are what the control plane's key has signed", () => {
    expect(opened("ready with a key for schedules", "schedules.set")).toMatchObject({
      set: { installId: "ins1", schedules: [{ cron: "*/5 * * * *" }] },
    });
    expect(opened("ready that takes looks", "schedules.set with probes")).toMatchObject({
      set: { schedules: [], probes: { cron: "* * * * *", spec: { probes: [{ type: "kubernetes", made: { releaseName: "web" } }] } } },
    });
  });
});

describe("golden HTTP bodies of version 1", () => {
  it("are read whole", () => {
    expect(enrollRequestSchema.parse(http.enrollRequest)).toEqual(http.enrollRequest);
    expect(enrollResponseSchema.parse(http.enrollResponse)).toEqual(http.enrollResponse);
    expect(lockInfoSchema.parse(http.lockInfo)).toEqual(http.lockInfo);
    expect(stateUploadHeaders.parse(http.stateUploadHeaders)).toMatchObject({ "berth-epoch": 3 });
  });
});

describe("golden log frames of version 1", () => {
  it.each(frames)("$name", (frame) => {
    const { streamId, offset, rawLength, deflated } = frame;
    const payload = Buffer.from(frame.payloadHex, "hex");
    expect(encodeLogFrame({ streamId, offset, rawLength, deflated, payload }).toString("hex")).toBe(frame.frameHex);
    expect(decodeLogFrame(Buffer.from(frame.frameHex, "hex"))).toEqual({ streamId, offset, rawLength, deflated, payload });
  });
});
