import { messageOf } from "@berth/kit/errors";
import { decodeText } from "./read-file.ts";

/** The text at an address, or why it cannot be had. */
export type Fetched = { text: string } | { failure: string };

/** Fetches text over http(s), within a time and a size. Never throws. */
export async function fetchHttp(input: { url: string; maxBytes: number; timeoutMs: number; signal?: AbortSignal }): Promise<Fetched> {
  const timeout = AbortSignal.timeout(input.timeoutMs);
  const signal = input.signal ? AbortSignal.any([timeout, input.signal]) : timeout;
  try {
    const { username, password } = new URL(input.url);
    if (username || password) return { failure: "an address with credentials is not fetched" };
    const response = await fetch(input.url, { signal, headers: { accept: "*/*" } });
    if (!response.ok || !response.body) return { failure: `the server answered ${response.status}` };
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body) {
      size += chunk.byteLength;
      if (size > input.maxBytes) return { failure: `it is larger than ${input.maxBytes} bytes` };
      chunks.push(chunk);
    }
    const text = decodeText(Buffer.concat(chunks));
    return text === undefined ? { failure: "it is not UTF-8 text" } : { text };
  } catch (error) {
    if (timeout.aborted) return { failure: `no answer within ${input.timeoutMs} ms` };
    const cause = error instanceof Error && error.cause ? messageOf(error.cause) : messageOf(error);
    return { failure: cause };
  }
}
