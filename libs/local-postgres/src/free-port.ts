import { createServer } from "node:net";

/** The wanted port when it is free on loopback, otherwise one that the system chooses. */
export async function freePort(wanted: number): Promise<number> {
  const probe = (candidate: number): Promise<number | undefined> =>
    new Promise((resolve) => {
      const server = createServer();
      server.once("error", () => resolve(undefined));
      server.listen(candidate, "127.0.0.1", () => {
        const address = server.address();
        server.close(() => resolve(address && typeof address === "object" ? address.port : undefined));
      });
    });
  const found = (await probe(wanted)) ?? (await probe(0));
  if (found === undefined) throw new Error("No free TCP port on 127.0.0.1");
  return found;
}
