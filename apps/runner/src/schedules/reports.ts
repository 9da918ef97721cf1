import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "@berth/kit/log";
import { maxReports, offlineRunSchema, type OfflineRun } from "@berth/protocol/schedules";
import type { Session } from "../connection/session.ts";
import { writeDurable } from "../durable.ts";

/** Runs made without a link, on disk until the control plane has them. */
export type Reports = {
  /** Keeps a run; durable when this resolves. The same run again changes nothing. */
  add(run: OfflineRun): Promise<void>;
  /** How many wait. */
  waiting(): number;
  /** Sends what there is over this session, a message at a time. */
  deliver(session: Session): void;
  onAck(ids: readonly string[]): void;
};

/** A week of one check a minute. */
const mostReports = 10_080;
const mostBytes = 256 * 1024 * 1024;
/** One message holds so many bytes of runs, or one run. */
const messageBytes = 4 * 1024 * 1024;

type File = { name: string; id: string; bytes: number };

/** Opens the directory, with what earlier processes left there. Where it is full, the oldest go. */
export function openReports({ dir, logger }: { dir: string; logger: Logger }): Reports {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  let files: File[] = readdirSync(dir)
    .filter((name) => name.endsWith(".json"))
    .toSorted()
    .map((name) => ({ name, id: idOf(name), bytes: statSync(join(dir, name)).size }));
  let link: { session: Session; sent: Set<string> } | undefined;

  function drop(gone: readonly File[]): void {
    for (const { name } of gone) rmSync(join(dir, name), { force: true });
    files = files.filter((file) => !gone.includes(file));
  }

  function read(file: File): OfflineRun | undefined {
    try {
      return offlineRunSchema.parse(JSON.parse(readFileSync(join(dir, file.name), "utf8")));
    } catch (error) {
      logger.error({ err: error, file: file.name }, "the report of a run made without a link can't be read and is dropped");
      drop([file]);
      return undefined;
    }
  }

  function send(): void {
    if (!link || link.session.over() || link.sent.size > 0) return;
    const runs: OfflineRun[] = [];
    let bytes = 0;
    for (const file of files) {
      if (runs.length === maxReports || (runs.length > 0 && bytes + file.bytes > messageBytes)) break;
      const run = read(file);
      if (!run) continue;
      runs.push(run);
      bytes += file.bytes;
    }
    if (runs.length === 0) return;
    link.sent = new Set(runs.map(({ id }) => id));
    link.session.send({ type: "schedules.report", runs });
  }

  return {
    async add(run) {
      const name = `${run.dueAt.replaceAll(/[^0-9]/g, "")}-${run.id}.json`;
      const text = JSON.stringify(run);
      await writeDurable(join(dir, name), text);
      files = [...files.filter((file) => file.id !== run.id), { name, id: run.id, bytes: Buffer.byteLength(text) }].toSorted((a, b) =>
        a.name < b.name ? -1 : 1,
      );
      let over = files.reduce((sum, { bytes }) => sum + bytes, 0) - mostBytes;
      let count = Math.max(0, files.length - mostReports);
      const old: File[] = [];
      for (const file of files) {
        if (count-- <= 0 && over <= 0) break;
        old.push(file);
        over -= file.bytes;
      }
      if (old.length > 0) {
        logger.warn({ dropped: old.length }, "runs made without a link are dropped before anybody has seen them: there are too many");
        drop(old);
      }
      send();
    },
    waiting: () => files.length,
    deliver(session) {
      link = { session, sent: new Set() };
      send();
    },
    onAck(ids) {
      drop(files.filter(({ id }) => ids.includes(id)));
      if (!link) return;
      for (const id of ids) link.sent.delete(id);
      send();
    },
  };
}

/** `<digits of when it was due>-<id>.json` */
function idOf(name: string): string {
  return name.slice(name.indexOf("-") + 1, -".json".length);
}
