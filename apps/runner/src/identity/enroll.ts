import { mkdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "@berth/kit/errors";
import { backoffMs } from "@berth/kit/retry";
import { enrollResponseSchema, runnerPaths } from "@berth/protocol/runner-http";
import type { HttpClient } from "../net/request.ts";
import { runnerVersion } from "../version.ts";
import { loadOrCreateKey, publicKeyOf } from "./key.ts";
import { saveIdentity, type Identity } from "./identity.ts";

/** Enrolment that a person has to look at; its message says what to do. */
export class EnrolmentRefused extends Error {}

/**
 * Registers this runner with a one-time token. Repeats while the control plane cannot be reached, with the same key.
 * @param input.onRetry told what went wrong before each wait
 * @throws EnrolmentRefused where the control plane says no
 */
export async function enroll(input: {
  http: HttpClient;
  url: string;
  token: string;
  dir: string;
  name?: string | undefined;
  onRetry: (problem: string) => void;
  tries?: number;
}): Promise<Identity> {
  mkdirSync(input.dir, { recursive: true, mode: 0o700 });
  const key = loadOrCreateKey(input.dir);
  const body = JSON.stringify({
    token: input.token,
    publicKey: publicKeyOf(key),
    version: runnerVersion,
    ...(input.name === undefined ? {} : { name: input.name }),
  });
  for (let attempt = 0; ; attempt++) {
    const problem = await attemptOnce();
    if (typeof problem !== "string") return problem;
    if (attempt + 1 >= (input.tries ?? 8)) throw new EnrolmentRefused(`${input.url} could not be reached: ${problem}`);
    input.onRetry(problem);
    await sleep(250 + backoffMs({ baseMs: 500, capMs: 10_000 }, attempt));
  }

  async function attemptOnce(): Promise<Identity | string> {
    let answer;
    try {
      answer = await input.http({
        method: "POST",
        url: `${input.url}${runnerPaths.enroll}`,
        headers: { "content-type": "application/json" },
        body,
      });
    } catch (error) {
      return messageOf(error);
    }
    if (answer.status === 429 || answer.status >= 500) return `it answered ${answer.status}`;
    const text = answer.body.toString("utf8");
    if (answer.status < 200 || answer.status > 299) throw new EnrolmentRefused(refusal(answer.status, text));
    const { runnerId, installId, installName } = enrollResponseSchema.parse(JSON.parse(text));
    const identity = { url: input.url, runnerId, installId, installName, enrolledAt: new Date().toISOString() };
    saveIdentity(input.dir, identity);
    return identity;
  }
}

function refusal(status: number, text: string): string {
  let detail = "";
  try {
    const problem = JSON.parse(text) as { detail?: unknown; title?: unknown };
    if (typeof problem.detail === "string") detail = problem.detail;
    else if (typeof problem.title === "string") detail = problem.title;
  } catch {
    // Not problem+json: probably something between us and the control plane.
  }
  const what = status === 401 ? "The enrolment token was refused; it works once and expires. Ask the vendor for a new one." : "";
  return [`The control plane answered ${status}.`, detail, what].filter((part) => part !== "").join(" ");
}
