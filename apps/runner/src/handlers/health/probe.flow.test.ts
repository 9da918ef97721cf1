import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { probeReportsSchema, type Probe } from "@berth/protocol/specs/health";
import { startScriptedGateway } from "@berth/testkit/scripted-gateway";
import { describe, expect, it } from "vitest";
import { startRunner } from "../../testing/runner-process.ts";

describe("probes at the runner", () => {
  it("say what they saw: a status, the system's word, an exit code with the last words; in bounds and without secrets", async () => {
    const server = createServer((request, response) => {
      if (request.url !== "/never") response.writeHead(Number(request.url?.slice(1))).end("body");
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const closed = createServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    const nobody = (closed.address() as AddressInfo).port;
    closed.close();
    await once(closed, "close");
    const { port } = server.address() as AddressInfo;
    const http = (name: string, path: string, timeoutSeconds = 30): Probe => ({
      type: "http",
      component: "api",
      name,
      timeoutSeconds,
      url: `http://127.0.0.1:${port}${path}`,
    });
    const tcp = (name: string, where: number): Probe => ({
      type: "tcp",
      component: "db",
      name,
      timeoutSeconds: 30,
      host: "127.0.0.1",
      port: where,
    });
    const exec = (name: string, command: string[], timeoutSeconds = 30): Probe => ({
      type: "exec",
      component: "api",
      name,
      timeoutSeconds,
      command,
    });
    try {
      await using gateway = await startScriptedGateway();
      await using _runner = await startRunner(gateway);
      const probes = [
        http("ok", "/200"),
        http("moved", "/302"),
        http("bad", "/502"),
        http("silent", "/never", 1),
        tcp("open", port),
        tcp("closed", nobody),
        exec("well", ["sh", "-c", "echo warning >&2"]),
        exec("fails", ["sh", "-c", "echo first >&2; echo it is hunter22-long >&2; exit 3"]),
        exec("long", ["sh", "-c", "head -c 20000 /dev/zero | tr '\\0' x >&2; exit 1"]),
        exec("hangs", ["sh", "-c", "sleep 60"], 1),
        exec("missing", ["no-such-program"]),
      ];
      const job = gateway.assign({ spec: { kind: "health.probe", probes }, redact: ["hunter22-long"] });
      const result = await gateway.until("the job ends", () => job.result, 60_000);
      expect(result.outcome).toBe("succeeded");
      const reports = probeReportsSchema.parse(result.outputs?.["probes"]?.value);
      const seen = Object.fromEntries(reports.map(({ name, healthy, why }) => [name, [healthy, why]]));
      expect(seen).toMatchObject({
        ok: [true, "GET /200 answered 200"],
        moved: [true, "GET /302 answered 302"],
        bad: [false, "GET /502 answered 502"],
        silent: [false, "nothing came within 1 s"],
        open: [true, `port ${port} takes connections`],
        closed: [false, expect.stringContaining("ECONNREFUSED")],
        well: [true, "exit code 0"],
        fails: [false, "exit code 3: it is [redacted]"],
        hangs: [false, "it did not end within 1 s"],
        missing: [false, expect.stringContaining("ENOENT")],
      });
      const long = reports.find(({ name }) => name === "long")?.why ?? "";
      expect(long).toMatch(/^exit code 1: x+$/);
      expect(long.length).toBeLessThanOrEqual(500);
      expect(gateway.logOf(job).toString()).toContain("[berth] api, bad: unhealthy: GET /502 answered 502");
      expect(JSON.stringify(result) + gateway.logOf(job).toString()).not.toContain("hunter22");
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
