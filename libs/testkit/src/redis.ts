import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "@berth/local-postgres/free-port";

/** A real redis-server on loopback, without persistence: a restart empties it. */
export type TestRedis = AsyncDisposable & {
  url: string;
  /** Drops everything in it. */
  flush(): Promise<void>;
  /** SIGKILL and start again on the same port, empty. */
  restart(): Promise<void>;
};

/** Starts one. @throws Error when `redis-server` is not on PATH: guard the test with `itNeeds("redis-server")` */
export async function startRedis(): Promise<TestRedis> {
  const dir = await mkdtemp(join(tmpdir(), "berth-test-redis-"));
  const port = await freePort(0);
  let server = await start(dir, port);
  return {
    url: `redis://127.0.0.1:${port}`,
    flush: () => command(port, "FLUSHALL"),
    async restart() {
      await stop(server);
      server = await start(dir, port);
    },
    async [Symbol.asyncDispose]() {
      await stop(server);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function start(dir: string, port: number): Promise<ChildProcess> {
  const server = spawn("redis-server", ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", dir], {
    stdio: "ignore",
  });
  await once(server, "spawn");
  for (let tries = 0; ; tries++) {
    try {
      await command(port, "PING");
      return server;
    } catch (error) {
      if (tries > 500 || server.exitCode !== null) throw new Error(`redis-server did not start on port ${port}`, { cause: error });
      await sleep(10);
    }
  }
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  server.kill("SIGKILL");
  await once(server, "exit");
}

/** One inline command; resolves on a simple-string reply. */
function command(port: number, text: string): Promise<void> {
  return new Promise((done, failed) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(`${text}\r\n`));
    socket.once("error", failed);
    socket.once("data", (data) => {
      socket.destroy();
      if (data.toString().startsWith("+")) done();
      else failed(new Error(`redis answered ${data.toString().trim()}`));
    });
  });
}
