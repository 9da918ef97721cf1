import type { HttpClient } from "../../net/request.ts";
import type { Seen } from "./probe.ts";

/** Asks a URL: it is well where the status of the answer is one of 200 to 399. Rejects where there is no answer. */
export async function askHttp(http: HttpClient, input: { url: string; signal: AbortSignal }): Promise<Seen> {
  const { status } = await http({ method: "GET", ...input });
  return { healthy: status >= 200 && status < 400, why: `GET ${new URL(input.url).pathname} answered ${status}` };
}
