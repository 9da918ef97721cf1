import { afterEach, describe, expect, it } from "vitest";
import { listen, type Listener } from "./listen.ts";

const open: Listener[] = [];
afterEach(() => Promise.all(open.splice(0).map((listener) => listener.close())));

async function start(port = 0): Promise<Listener> {
  const listener = await listen({ host: "127.0.0.1", port });
  open.push(listener);
  return listener;
}

describe("listening", () => {
  it("picks a free port for 0, and answers 503 until there is something to serve", async () => {
    const listener = await start();
    const url = `http://127.0.0.1:${listener.port}/`;
    expect((await fetch(url)).status).toBe(503);
    listener.serve(() => new Response("hello"));
    expect(await (await fetch(url)).text()).toBe("hello");
  });
  it("names a port that is taken and what to do", async () => {
    const { port } = await start();
    await expect(start(port)).rejects.toThrow(new RegExp(`Port ${port} .* in use.*BERTH_PORT`));
  });
  it("names an address that this machine does not have", async () => {
    await expect(listen({ host: "192.0.2.1", port: 0 })).rejects.toThrow(/192\.0\.2\.1 is not an address.*BERTH_HOST/);
  });
});
