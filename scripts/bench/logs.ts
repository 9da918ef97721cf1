import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { atLeast, atMost, percentile, type Figure } from "./figure.ts";
import { benchGround, runEnded } from "./ground.ts";

const lines = 300;
const fileMegabytes = 50;
const repeats = 6;

/** A line printed on the runner until an SSE client has it; and how fast a talkative job's log is stored. */
export async function measure(): Promise<Figure[]> {
  await using ground = await benchGround();
  const file = join(ground.dir, "noise.txt");
  // Base64 of random bytes, in lines: text, and hardly compressible.
  await writeFile(
    file,
    (
      randomBytes((fileMegabytes * 2 ** 20 * 3) / 4)
        .toString("base64")
        .match(/.{1,120}/g) ?? []
    ).join("\n"),
  );
  const { installId } = await ground.install({
    app: {
      "actions/ticker.toml": action("ticker", `i=0; while [ $i -lt ${lines} ]; do date +%s%N; sleep 0.02; i=$((i+1)); done`),
      "actions/torrent.toml": action("torrent", Array.from({ length: repeats }, () => `cat ${file}`).join("; ")),
    },
  });
  const { client } = ground;

  const ticker = await client.call("actions.run", { params: { installId, action: "ticker" }, body: {} });
  const streamId = await streamOf(client, ticker.id);
  const delays: number[] = [];
  let rest = "";
  for await (const event of client.stream("logs.tail", { params: { streamId } })) {
    const seen = performance.timeOrigin + performance.now();
    const data = event.data as { text?: string };
    const parts = (rest + (data.text ?? "")).split("\n");
    rest = parts.pop() ?? "";
    for (const line of parts) if (/^\d{19}$/.test(line)) delays.push(seen - Number(line) / 1e6);
  }

  const torrent = await client.call("actions.run", { params: { installId, action: "torrent" }, body: {} });
  const { logStreamId, jobId } = await runEnded(client, torrent.id);
  const db = new pg.Client({ connectionString: ground.postgres.url() });
  await db.connect();
  const stored = await db.query<{ bytes: string; seconds: string }>(
    `select (select sum(length) from log_chunks where stream_id = $1) as bytes,
            extract(epoch from (select max(stored_at) from log_chunks where stream_id = $1) - (select accepted_at from jobs where id = $2)) as seconds`,
    [logStreamId, jobId],
  );
  await db.end();
  const bytes = Number(stored.rows[0]?.bytes);
  const megabytesPerSecond = bytes / 1e6 / Number(stored.rows[0]?.seconds);
  return [
    { name: "logs.latency.p50", value: percentile(delays, 0.5), unit: "ms", n: delays.length, ok: true },
    atMost(250, { name: "logs.latency.p99", value: percentile(delays, 0.99), unit: "ms", n: delays.length }),
    atLeast(20, { name: "logs.throughput", value: megabytesPerSecond, unit: "MB/s", n: 1 }),
  ];
}

function action(name: string, script: string): string {
  return `name = "${name}"\ntimeout = "5m"\n[[triggers]]\ntype = "manual"\n[[steps]]\nname = "run"\ninline_contents = ${JSON.stringify(`#!/bin/sh\n${script}\n`)}\n`;
}

async function streamOf(client: Awaited<ReturnType<typeof benchGround>>["client"], runId: string): Promise<string> {
  for (;;) {
    const run = await client.call("actions.runs.get", { params: { runId } });
    if (run.logStreamId !== undefined) return run.logStreamId;
    await sleep(5);
  }
}
