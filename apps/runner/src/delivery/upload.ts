import { messageOf } from "@berth/kit/errors";
import type { HttpClient } from "../net/request.ts";

/** What became of an upload: `refused` is never sent again. */
export type UploadResult = { kind: "done" } | { kind: "stale" } | { kind: "later"; problem: string } | { kind: "refused"; problem: string };

/** Sends one thing once and judges the answer; the one place that knows what is worth repeating. */
export async function upload(input: {
  http: HttpClient;
  method: "PUT" | "POST";
  url: string;
  token: string;
  body: Uint8Array;
  headers: Record<string, string>;
}): Promise<UploadResult> {
  let status: number;
  let text: string;
  try {
    const answer = await input.http({
      method: input.method,
      url: input.url,
      body: input.body,
      headers: { authorization: `Bearer ${input.token}`, ...input.headers },
    });
    status = answer.status;
    text = answer.body.toString("utf8", 0, 2000);
  } catch (error) {
    return { kind: "later", problem: messageOf(error) };
  }
  if (status >= 200 && status < 300) return { kind: "done" };
  const problem = `${status} ${text}`;
  if (status === 409 && text.includes("epoch_stale")) return { kind: "stale" };
  if (status === 401 || status === 403 || status === 408 || status === 429 || status >= 500) return { kind: "later", problem };
  return { kind: "refused", problem };
}
