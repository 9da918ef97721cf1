import { fork } from "node:child_process";
import { once } from "node:events";
import { createPrivateKey, randomBytes } from "node:crypto";
import { mkdtemp } from "node:fs/promises";
import { startLocalPostgres } from "@berth/local-postgres/start";
import { connectScriptedRunner } from "@berth/testkit/scripted-runner";

const mode = process.argv[2];
const n = Number(process.argv[3] ?? 2000);
const busKind = process.argv[4] ?? "local";
const dir = await mkdtemp("/tmp/bench-e/pg-");
const pg = await startLocalPostgres({ dir });
const child = fork(new URL("./server.ts", import.meta.url).pathname, [pg.url(), String(n), busKind], { execArgv: ["--expose-gc"] });
const ask = async (m: object) => { child.send(m); const [a] = await once(child, "message"); return a as any; };
const [{ port, installs }] = (await once(child, "message")) as any;
const url = `http://127.0.0.1:${port}`;
const conn = (i: number, extra = {}) =>
  connectScriptedRunner({ url, runnerId: installs[i].runnerId, privateKey: createPrivateKey({ key: Buffer.from(installs[i].privateKey, "base64"), format: "der", type: "pkcs8" }), ...extra });
try {
  if (mode === "sessions") {
    const before = await ask({ do: "mem" });
    const t = Date.now();
    const all = [];
    for (let i = 0; i < n; i += 100) all.push(...(await Promise.all(Array.from({ length: Math.min(100, n - i) }, (_, k) => conn(i + k)))));
    console.log("connected", all.length, Date.now() - t, "ms");
    await new Promise((r) => setTimeout(r, 15000));
    const c0 = await ask({ do: "cpu" });
    await new Promise((r) => setTimeout(r, 10000));
    const c1 = await ask({ do: "cpu" });
    const after = await ask({ do: "mem" });
    console.log("sessions", after.sessions, "rss per session kB", (after.mem.rss - before.mem.rss) / n / 1024, "heap", (after.mem.heapUsed - before.mem.heapUsed) / n / 1024, "ext", (after.mem.external - before.mem.external) / n / 1024, "cpu %", (c1.cpu.user + c1.cpu.system - c0.cpu.user - c0.cpu.system) / 1e5, before.mem.rss / 1e6, after.mem.rss / 1e6);
  }
  if (mode === "pickup") {
    const accepted = new Map<string, number>();
    const r = await conn(0, { onAssign: (a: any, s: any) => { accepted.set(a.jobId, performance.timeOrigin + performance.now()); s.accept(a); s.finish(a, { outcome: "cancelled" }); } });
    const lat = [];
    for (let i = 0; i < 300; i++) {
      const t0 = performance.timeOrigin + performance.now();
      const { job } = await ask({ do: "job", i: 0, input: { kind: "action.run" } });
      while (!accepted.has(job.jobId)) await new Promise((r) => setTimeout(r, 1));
      lat.push(accepted.get(job.jobId)! - t0);
      await r.next("job.finish.ack");
    }
    lat.sort((a, b) => a - b);
    console.log("create→assign received p50", lat[150], "p99", lat[296]);
  }
  if (mode === "logs") {
    const r = await conn(0, { silent: false });
    const { job } = await ask({ do: "job", i: 0, input: { kind: "action.run" } });
    await r.next("job.assign");
    await ask({ do: "tail", id: job.logStreamId });
    // realistic text
    const line = () => `2026-01-01T00:00:00Z module.vpc.aws_subnet.private[${(Math.random() * 1e6) | 0}]: Still creating... id=${randomBytes(8).toString("hex")}\n`;
    const chunks: Buffer[] = [];
    for (let c = 0; c < 64; c++) { let s = ""; while (s.length < 65536) s += line(); chunks.push(Buffer.from(s.slice(0, 65536))); }
    const deflate = process.argv[5] !== "raw";
    const total = 400 * 1024 * 1024;
    let sent = 0, acked = 0;
    const c0 = await ask({ do: "cpu" });
    const me0 = process.cpuUsage();
    const t = Date.now();
    let i = 0;
    const window = 4 * 1024 * 1024;
    while (acked < total) {
      while (sent < total && sent - acked < window) { r.log(job.logStreamId, sent, chunks[i++ % 64]!, { deflate }); sent += 65536; }
      acked = (await r.next("log.ack")).offset;
    }
    const s = (Date.now() - t) / 1000;
    const c1 = await ask({ do: "cpu" });
    const me = process.cpuUsage(me0);
    console.log("logs", (total / 1e6 / s).toFixed(1), "MB/s raw; server cpu s", (c1.cpu.user + c1.cpu.system - c0.cpu.user - c0.cpu.system) / 1e6, "client cpu", (me.user + me.system) / 1e6, "wall", s, await ask({ do: "mem" }));
  }
  if (mode === "latency") {
    const r = await conn(0);
    const { job } = await ask({ do: "job", i: 0, input: { kind: "action.run" } });
    await r.next("job.assign");
    await ask({ do: "tail", id: job.logStreamId });
    let off = 0;
    for (let k = 0; k < 500; k++) { const b = Buffer.from(`hello T${Date.now()}\n`); r.log(job.logStreamId, off, b); off += b.length; await new Promise((x) => setTimeout(x, 10)); }
    await new Promise((x) => setTimeout(x, 500));
    const { lat } = await ask({ do: "lat" });
    lat.sort((a: number, b: number) => a - b);
    console.log("lat n", lat.length, "p50", lat[lat.length >> 1], "p99", lat[Math.floor(lat.length * 0.99)]);
  }
} finally {
  child.kill();
  await pg.stop();
  process.exit(0);
}
