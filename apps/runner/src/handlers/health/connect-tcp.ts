import { once } from "node:events";
import { connect } from "node:net";
import type { Seen } from "./probe.ts";

/** Opens a connection and closes it. Rejects where none is made. */
export async function connectTcp(input: { host: string; port: number; signal: AbortSignal }): Promise<Seen> {
  const socket = connect({ host: input.host, port: input.port });
  try {
    await once(socket, "connect", { signal: input.signal });
    return { healthy: true, why: `port ${input.port} takes connections` };
  } finally {
    socket.on("error", () => {}).destroy();
  }
}
