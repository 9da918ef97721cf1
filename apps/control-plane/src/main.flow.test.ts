import { spawn, type ChildProcess } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestDatabase, type TestDatabase } from "@berth/testkit/postgres";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let dir: string;
let database: TestDatabase;
const children = new Set<ChildProcess>();

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "berth-main-"));
  database = await createTestDatabase();
});
afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  children.clear();
  await database[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

type Running = { child: ChildProcess; log: () => string; ended: Promise<number | null> };

/** The control plane as an operator starts it: with this environment and nothing else. */
function start(env: Record<string, string> = {}): Running {
  const child = spawn(process.execPath, [join(import.meta.dirname, "main.ts")], {
    env: {
      PATH: process.env["PATH"] ?? "",
      DATABASE_URL: database.url,
      BERTH_DATA_DIR: dir,
      BERTH_PORT: "0",
      BERTH_BOOTSTRAP: "acme:brt_0123456789abcdef",
      ...env,
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  children.add(child);
  let log = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => (log += text));
  return { child, log: () => log, ended: new Promise((resolve) => child.once("exit", resolve)) };
}

/** Its URL, once it says that it listens. */
async function listening({ log }: Running): Promise<string> {
  await expect.poll(log, { timeout: 60_000 }).toContain('"msg":"listening"');
  const line = log()
    .split("\n")
    .find((each) => each.includes('"msg":"listening"'));
  return (JSON.parse(line!) as { url: string }).url;
}
const factsOf = (): Promise<string> => readFile(join(dir, "control-plane.json"), "utf8");

describe("the control plane's program", () => {
  it("starts on an empty database, tells where it is, serves, and stops on SIGTERM with everything tidied up", async () => {
    const running = start();
    const url = await listening(running);
    expect(JSON.parse(await factsOf())).toEqual({ url, pid: running.child.pid });
    expect((await stat(join(dir, "master-key"))).mode & 0o777).toBe(0o600);
    expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ ok: true, checks: { database: { ok: true }, queue: { ok: true } } });
    const org = await fetch(`${url}/v1/orgs/current`, { headers: { authorization: "Bearer brt_0123456789abcdef" } });
    expect(await org.json()).toMatchObject({ org: { name: "acme" } });
    expect((await fetch(`${url}/v2/`)).status).toBe(401);
    running.child.kill("SIGTERM");
    expect(await running.ended).toBe(0);
    await expect(factsOf()).rejects.toThrow(/ENOENT/);
  });

  it("names a port that is taken, and ends", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const running = start({ BERTH_PORT: String(port) });
    expect(await running.ended).toBe(1);
    expect(running.log()).toContain(`Port ${port} on 127.0.0.1 is in use`);
    server.close();
  });

  it("names every setting that is missing or wrong", async () => {
    const running = start({ DATABASE_URL: "", BERTH_ROLES: "cook" });
    expect(await running.ended).not.toBe(0);
    expect(running.log()).toMatch(/DATABASE_URL[^]*BERTH_ROLES/);
  });

  it("does not start on a used database without the key that its secrets are sealed with", async () => {
    await listening(start());
    const elsewhere = await mkdtemp(join(tmpdir(), "berth-main-"));
    const running = start({ BERTH_DATA_DIR: elsewhere });
    expect(await running.ended).toBe(1);
    expect(running.log()).toContain("BERTH_MASTER_KEYS");
    await rm(elsewhere, { recursive: true });
  });

  it("serves only what its roles say, and health always", async () => {
    const running = start({ BERTH_ROLES: "worker" });
    const url = await listening(running);
    const headers = { authorization: "Bearer brt_0123456789abcdef" };
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect((await fetch(`${url}/v1/orgs/current`, { headers })).status).toBe(404);
    expect((await fetch(`${url}/v2/`)).status).toBe(404);
  });

  it("runs as several replicas that start at the same time on an empty database", async () => {
    const key = `key00001:${Buffer.alloc(32, 1).toString("base64")}`;
    const replicas = [1, 2, 3].map(() => start({ BERTH_MASTER_KEYS: key }));
    const urls = await Promise.all(replicas.map(listening));
    expect(new Set(urls).size).toBe(3);
    for (const url of urls) expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });
});
