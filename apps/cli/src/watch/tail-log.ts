import type { ApiClient } from "@berth/api/client";
import type { Cli } from "../cli.ts";
import { safeOutput } from "../output/safe-text.ts";

/**
 * Prints a log stream and follows it to its end, through the attempts of its job. On a terminal, control sequences other than colours are dropped.
 */
export async function tailLog(cli: Cli, input: { client: ApiClient; streamId: string }): Promise<void> {
  const { io } = cli;
  let streamId: string | undefined = input.streamId;
  while (streamId !== undefined) {
    let next: string | undefined;
    const onRetry = (): void => io.err(`${io.colors.dim("[the connection was lost; trying again]")}\n`);
    for await (const { data } of input.client.stream("logs.tail", { params: { streamId }, signal: io.signal, onRetry })) {
      if ("text" in data) {
        io.out(io.width === undefined ? data.text : safeOutput(data.text));
        continue;
      }
      if (data.cappedAt !== undefined) io.err(`${io.colors.yellow(`[cut here: only the first ${data.cappedAt} bytes were kept]`)}\n`);
      next = data.continuedIn;
      if (next !== undefined) io.err(`${io.colors.dim("[the job was started again]")}\n`);
    }
    streamId = next;
  }
}
