import type { Failure, PlanSummary } from "@berth/protocol/job-result";
import type { Random } from "./random.ts";

export type Result = { outcome: "succeeded" | "failed" | "cancelled"; failure?: Failure; plan?: PlanSummary };

/** What the two sides say, as far as the outcome depends on it. */
export type Message =
  | { to: "runner"; type: "ready"; obsolete: { jobId: string; epoch: number }[] }
  | {
      to: "runner";
      type: "assign";
      jobId: string;
      epoch: number;
      kind: "plan" | "apply" | "sync" | "action";
      target: string;
      planDigest: string;
    }
  | { to: "runner"; type: "cancel"; jobId: string; epoch: number }
  | { to: "runner"; type: "finish.ack"; jobId: string; epoch: number }
  | { to: "control plane"; type: "hello"; holding: { jobId: string; epoch: number; running: boolean }[] }
  | { to: "control plane"; type: "accept"; jobId: string; epoch: number }
  | { to: "control plane"; type: "reject"; jobId: string; epoch: number }
  | { to: "control plane"; type: "finish"; jobId: string; epoch: number; result: Result };

/** Messages under way. A session is one socket: what is under way in it when it ends arrives nowhere, and nothing crosses into the next one. */
export class Wire {
  session = 0;
  #under: Message[] = [];
  #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** @param session the session the sender believes in; into one that is over everything is lost */
  send(message: Message, session: number): void {
    if (session === this.session) this.#under.push(message);
  }

  /** Ends the session: what is under way in it is lost. */
  cut(): void {
    this.session += 1;
    this.#under = [];
  }

  /** Any of the messages under way, in any order; sometimes it stays, to come again, and sometimes it is lost. */
  take(harsh: boolean): Message | undefined {
    if (this.#under.length === 0) return undefined;
    const index = harsh ? this.#random.below(this.#under.length) : 0;
    const [message] = this.#under.slice(index, index + 1);
    const duplicated = harsh && this.#random.chance(0.1);
    if (!duplicated) this.#under.splice(index, 1);
    return harsh && this.#random.chance(0.1) ? undefined : message;
  }

  get length(): number {
    return this.#under.length;
  }
}
