import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { readFileSync, statSync } from "node:fs";
import { createServer as createTlsServer } from "node:tls";
import { join } from "node:path";
import { startScriptedGateway } from "@berth/testkit/scripted-gateway";
import { addRegistry } from "@berth/testkit/scripted-registry";
import { describe, expect, it } from "vitest";
import { startRunner } from "../testing/runner-process.ts";
import { actionSpec } from "../testing/specs.ts";

const entry = join(import.meta.dirname, "..", "main.ts");

async function berthRunner(args: string[]): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, [entry, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, "close")) as [number];
  return { code, output };
}

describe("a runner and its control plane", () => {
  it("enrols with a one-time token, keeps its key to itself, and tells its status", async () => {
    await using gateway = await startScriptedGateway();
    await using runner = await startRunner(gateway);
    expect(statSync(join(runner.dir, "key.pem")).mode & 0o777).toBe(0o600);
    const status = await berthRunner(["status", "--dir", runner.dir]);
    expect(status).toMatchObject({ code: 0, output: expect.stringContaining("Connected since") });
    expect(status.output).toContain("Slots: 4 of 4 free");
    const refused = await berthRunner(["enroll", "--url", gateway.url, "--token", "not-a-token-at-all", "--dir", `${runner.dir}/other`]);
    expect(refused).toMatchObject({ code: 1, output: expect.stringContaining("Ask the vendor for a new one") });
    expect((await berthRunner(["run", "--dir", runner.dir])).output).toContain("Another runner (process");
    await runner.stop("SIGTERM");
    expect((await berthRunner(["status", "--dir", runner.dir])).output).toContain("Not running");
    expect((await berthRunner(["status", "--dir", `${runner.dir}/none`])).output).toContain("Not enrolled");
  });

  it("takes work that comes in the same breath as ready", async () => {
    await using gateway = await startScriptedGateway();
    const job = gateway.assign({ spec: actionSpec("echo hello") });
    await using _runner = await startRunner(gateway);
    expect(await gateway.until("the job ends", () => job.result)).toMatchObject({ outcome: "succeeded" });
  });

  it("says in its status why it was sent away", async () => {
    await using gateway = await startScriptedGateway();
    gateway.script.refuse = { code: "disabled", message: "The customer has switched this runner off.", fatal: true };
    await using runner = await startRunner(gateway, { connect: false });
    await expect.poll(() => runner.logged(), { timeout: 30_000 }).toContain("switched this runner off");
    const status = await berthRunner(["status", "--dir", runner.dir]);
    expect(status).toMatchObject({ code: 1, output: expect.stringContaining("switched this runner off. (disabled). A person has to act") });
  });

  it("drops a connection whose heartbeats are not answered, and makes a new one", async () => {
    await using gateway = await startScriptedGateway();
    gateway.script.ready.heartbeatMs = 100;
    gateway.script.ackHeartbeats = false;
    await using runner = await startRunner(gateway);
    await gateway.until("a second session", () => gateway.hellos.length >= 2);
    gateway.script.ackHeartbeats = true;
    expect(runner.logged()).toContain("stopped answering heartbeats");
  });

  it("moves to another session when asked, and keeps its job", async () => {
    await using gateway = await startScriptedGateway();
    await using runner = await startRunner(gateway);
    const flag = join(runner.dir, "go");
    const job = gateway.assign({ spec: actionSpec(`while [ ! -f ${flag} ]; do sleep 0.05; done; echo done`) });
    await gateway.until("accepted", () => job.acceptedAt);
    gateway.send({ type: "move", withinMs: 50 });
    const hello = await gateway.until("a second session", () => gateway.hellos[1]);
    expect(hello.holding).toEqual([{ jobId: job.jobId, epoch: 1, phase: "running" }]);
    const go = gateway.assign({ spec: actionSpec(`touch ${flag}`) });
    await gateway.until("both end", () => go.result && job.result);
    expect(job.result).toMatchObject({ outcome: "succeeded" });
  });

  it("goes through HTTP_PROXY for its socket, its requests and its artifacts", async () => {
    await using gateway = await startScriptedGateway();
    const targets: string[] = [];
    const proxy = createServer();
    proxy.on("connect", (request, socket, head) => {
      targets.push(request.url ?? "");
      const { hostname, port } = new URL(`http://${request.url}`);
      const onward = connect(Number(port), hostname, () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        onward.write(head);
        socket.pipe(onward).pipe(socket);
      });
      onward.on("error", () => socket.destroy());
      socket.on("error", () => onward.destroy());
    });
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    {
      await using _runner = await startRunner(gateway, { env: { HTTP_PROXY: url, NO_PROXY: "other.example" } });
      const before = targets.length;
      expect(before).toBeGreaterThanOrEqual(2);
      const spec = actionSpec();
      const source = await addRegistry(gateway).publish({ "a.txt": "through the proxy" });
      spec.steps.push({ name: "repo", command: "cat a.txt", envVars: {}, source });
      const job = gateway.assign({ spec });
      expect(await gateway.until("the job ends", () => job.result)).toMatchObject({ outcome: "succeeded" });
      expect(targets.length).toBeGreaterThan(before);
      expect(new Set(targets)).toEqual(new Set([new URL(gateway.url).host]));
    }
    proxy.closeAllConnections();
    proxy.close();
  });

  it("trusts the CA it is given, for its socket, its requests and its artifacts, and says so when it does not", async () => {
    await using gateway = await startScriptedGateway();
    const tls = join(import.meta.dirname, "..", "testing", "fixtures", "tls");
    const inner = new URL(gateway.url);
    const front = createTlsServer({ key: readFileSync(join(tls, "server.key")), cert: readFileSync(join(tls, "server.pem")) }, (socket) => {
      const onward = connect(Number(inner.port), inner.hostname);
      socket.pipe(onward).pipe(socket);
      for (const [one, other] of [
        [socket, onward],
        [onward, socket],
      ] as const)
        one.on("error", () => other.destroy()).on("close", () => other.destroy());
    });
    front.listen(0, "127.0.0.1");
    await once(front, "listening");
    const url = `https://localhost:${(front.address() as AddressInfo).port}`;
    const behind = { ...gateway, url };
    {
      await using stranger = await startRunner(behind, { connect: false, env: { NODE_EXTRA_CA_CERTS: "" } });
      await expect.poll(() => stranger.logged(), { timeout: 30_000 }).toMatch(/certificate/);
    }
    {
      await using _runner = await startRunner(behind, { env: { BERTH_CA_FILE: join(tls, "ca.pem") } });
      const source = { ...(await addRegistry(gateway).publish({ "a.txt": "over TLS" })), registryUrl: url };
      const spec = actionSpec();
      spec.steps.push({ name: "repo", command: "cat a.txt", envVars: {}, source });
      const job = gateway.assign({ spec });
      expect(await gateway.until("the job ends", () => job.result)).toMatchObject({ outcome: "succeeded" });
      expect(gateway.logOf(job).toString()).toBe("over TLS");
    }
    front.close();
  });
});
