import { createPublicKey } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "@berth/kit/errors";
import { openSchedules, type ScheduleSet, type SignedSchedules } from "@berth/protocol/schedules";
import { writeDurableSync } from "../durable.ts";

/** The set of schedules that a runner keeps in its directory, with the key that it was signed with. */
export type KeptSet = {
  /** Takes a set that came over a session, with the key that the session told. @returns why it was not taken, if so */
  put(signed: SignedSchedules, key: string): string | undefined;
  /** What may be run by it now; undefined where there is nothing, or it has expired. */
  current(now: Date): ScheduleSet | undefined;
  /** Drops it: the control plane has sent this runner away. */
  forget(): void;
};

type Stored = SignedSchedules & { key: string };

/** Opens what an earlier process kept. A file that was altered, or is another runner's, is worth nothing and is said so once. */
export function keepSet(input: { dir: string; runnerId: string; onRefused: (why: string) => void }): KeptSet {
  const path = join(input.dir, "schedules.json");
  let set: ScheduleSet | undefined;
  const stored = read(path);
  if (stored) {
    const opened = open(stored, new Date());
    if ("set" in opened) set = opened.set;
    else input.onRefused(opened.refused);
  }

  function open({ key, ...signed }: Stored, now: Date): { set: ScheduleSet } | { refused: string } {
    try {
      const publicKey = createPublicKey({ key: Buffer.from(key, "base64"), format: "der", type: "spki" });
      return openSchedules(signed, { key: publicKey, runnerId: input.runnerId, now });
    } catch (error) {
      return { refused: `its key can't be read: ${messageOf(error)}` };
    }
  }

  return {
    put(signed, key) {
      const opened = open({ ...signed, key }, new Date());
      if ("refused" in opened) return opened.refused;
      writeDurableSync(path, JSON.stringify({ ...signed, key } satisfies Stored));
      set = opened.set;
      return undefined;
    },
    current: (now) => (set && Date.parse(set.expiresAt) > now.getTime() ? set : undefined),
    forget() {
      set = undefined;
      rmSync(path, { force: true });
    },
  };
}

function read(path: string): Stored | undefined {
  try {
    const value = JSON.parse(readFileSync(path, "utf8")) as Partial<Stored> | null;
    if (typeof value?.body !== "string" || typeof value.signature !== "string" || typeof value.key !== "string") return undefined;
    return { body: value.body, signature: value.signature, key: value.key };
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
