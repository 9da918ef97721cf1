import { AppError, messageOf } from "@berth/kit/errors";
import type { StoreContext } from "./store.ts";

/** An answer of a cloud's API: its JSON, and what it says where it is an error. */
export type RestAnswer = { status: number; body: Readonly<Record<string, unknown>>; error: string };

/**
 * One request with a bearer token, JSON both ways.
 * @throws AppError `unavailable` where there is no answer, or one that says to come back later
 */
export async function rest(
  ctx: StoreContext,
  input: { method: "GET" | "POST" | "PUT"; url: string; token: string; body?: object },
): Promise<RestAnswer> {
  const { host } = new URL(input.url);
  const answer = await ctx
    .http({
      method: input.method,
      url: input.url,
      headers: { authorization: `Bearer ${input.token}`, ...(input.body ? { "content-type": "application/json" } : {}) },
      ...(input.body ? { body: JSON.stringify(input.body) } : {}),
      signal: ctx.signal,
      maxBytes: 4 * 1024 * 1024,
    })
    .catch((error: unknown) => {
      ctx.signal.throwIfAborted();
      throw new AppError("unavailable", `${host} can't be reached: ${messageOf(error)}`, {}, { cause: error });
    });
  const body = fieldsOf(answer.body);
  const { code, status, message } = asFields(body["error"]);
  const error = [status ?? code, message]
    .filter((part) => typeof part === "string")
    .join(": ")
    .slice(0, 1000);
  if (answer.status >= 500 || answer.status === 429) throw new AppError("unavailable", `${host} answered ${answer.status}. ${error}`);
  if (answer.status === 401) throw new AppError("unauthenticated", `${host} does not accept the runner's identity. ${error}`);
  return { status: answer.status, body, error };
}

/** A JSON object, or an empty one in place of anything else. */
export function asFields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function fieldsOf(bytes: Buffer): Readonly<Record<string, unknown>> {
  try {
    return asFields(JSON.parse(bytes.toString("utf8")));
  } catch {
    return {};
  }
}
