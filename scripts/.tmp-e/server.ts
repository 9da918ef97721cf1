import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { once } from "node:events";
import { createLogger } from "@berth/kit/log";
import { createLocalBus } from "../../apps/control-plane/src/bus/local.ts";
import { createBus } from "../../apps/control-plane/src/bus/relay.ts";
import { createVault } from "../../apps/control-plane/src/crypto/vault.ts";
import { openDatabase } from "../../apps/control-plane/src/db/client.ts";
import { migrate } from "../../apps/control-plane/src/db/migrate.ts";
import { readSettings } from "../../apps/control-plane/src/env.ts";
import { attachGateway } from "../../apps/control-plane/src/gateway/attach.ts";
import { createTestInstall } from "../../apps/control-plane/src/testing/install.ts";
import { createTestJob } from "../../apps/control-plane/src/testing/jobs.ts";
import { writeFileSync } from "node:fs";

const url = process.argv[2]!;
const n = Number(process.argv[3]);
const useBus = process.argv[4];
const { db } = openDatabase({ url, poolSize: 20, applicationName: "bench" });
await migrate(db);
const logger = createLogger({ name: "b", level: "warn" });
const settings = readSettings({ DATABASE_URL: url, BERTH_DATA_DIR: "/tmp/x", BERTH_LOG_LEVEL: "warn" });
const bus = useBus === "pg" ? await createBus({ databaseUrl: url, logger, replicaId: "r0" }) : createLocalBus();
const vault = createVault([{ id: "testkey1", key: randomBytes(32) }]);
const system: any = { db, logger, settings, vault, bus, replicaId: "r0", now: () => new Date(), enqueue: async () => {}, blobs: undefined, org: undefined };
const orgId = "org" + randomBytes(4).toString("hex");
await db.insertInto("orgs").values({ id: orgId, name: orgId }).execute();
system.ctx = () => ({ system, db, orgId, actor: "t" });
const installs = [];
for (let i = 0; i < n; i++) {
  const x = await createTestInstall(system, orgId);
  installs.push({ ...x, privateKey: x.privateKey.export({ format: "der", type: "pkcs8" }).toString("base64") });
}
const server = createServer((_q, r) => r.writeHead(404).end());
const gateway = attachGateway(server, system);
server.listen(0);
await once(server, "listening");
const port = (server.address() as any).port;
process.on("message", async (m: any) => {
  if (m.do === "mem") {
    for (let i = 0; i < 4; i++) { (globalThis as any).gc(); await new Promise((r) => setTimeout(r, 100)); }
    const mem = process.memoryUsage();
    process.send!({ mem, sessions: gateway.sessionCount() });
  }
  if (m.do === "job") process.send!({ job: await createTestJob(system, installs[m.i] as any, m.input), at: performance.timeOrigin + performance.now() });
  if (m.do === "cpu") process.send!({ cpu: process.cpuUsage() });
  if (m.do === "tail") {
    const { tailLog } = await import("../../apps/control-plane/src/logs/tail.ts");
    void (async () => {
      for await (const e of tailLog({ ctx: system.ctx(), input: { streamId: m.id, offset: 0 }, signal: new AbortController().signal })) {
        const at = Date.now();
        if (e.type === "text") for (const t of e.text.matchAll(/T(\d+)\n/g)) lat.push(at - Number(t[1]));
      }
    })();
    process.send!({ ok: 1 });
  }
  if (m.do === "lat") process.send!({ lat });
});
const lat: number[] = [];
process.send!({ port, installs });
