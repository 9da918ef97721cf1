import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { idPrefixes } from "@berth/kit/ids";
import type { Logger } from "@berth/kit/log";
import { z } from "zod";
import { maxReports, offlineLookSchema, offlineRunSchema, type OfflineLook, type OfflineRun } from "@berth/protocol/schedules";
import type { Session } from "../connection/session.ts";
import { writeDurable } from "../durable.ts";

/** A run made without a link, or what probes saw. */
export type Report = OfflineRun | OfflineLook;

const reportSchema = z.union([offlineRunSchema, offlineLookSchema]);

/** What was run and seen without a link, on disk until the control plane has it. */
export type Reports = {
  /** Keeps one; durable when this resolves. The same again changes nothing. */
  add(report: Report): Promise<void>;
  /** How many wait. */
  waiting(): number;
  /** Sends what there is over this session, a message at a time. */
  deliver(session: Session): void;
  onAck(ids: readonly string[]): void;
};

/** A week of one check a minute, and as many looks. */
const mostReports = 10_080;
const mostBytes = 256 * 1024 * 1024;
/** One message holds so many bytes of runs, or one run. */
const messageBytes = 4 * 1024 * 1024;

type File = { name: string; id: string; isLook: boolean; bytes: number };

/** Opens the directory, with what earlier processes left there. Where it is full, the oldest go. */
export function openReports({ dir, logger }: { dir: string; logger: Logger }): Reports {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  let files: File[] = readdirSync(dir)
    .filter((name) => name.endsWith(".json"))
    .toSorted()
    .map((name) => ({ ...named(name), bytes: statSync(join(dir, name)).size }));
  let link: { session: Session; sent: Set<string> } | undefined;

  function drop(gone: readonly File[]): void {
    for (const { name } of gone) rmSync(join(dir, name), { force: true });
    files = files.filter((file) => !gone.includes(file));
  }

  function read(file: File): Report | undefined {
    try {
      return reportSchema.parse(JSON.parse(readFileSync(join(dir, file.name), "utf8")));
    } catch (error) {
      logger.error({ err: error, file: file.name }, "the report of a run made without a link can't be read and is dropped");
      drop([file]);
      return undefined;
    }
  }

  function send(): void {
    if (!link || link.session.over() || link.sent.size > 0) return;
    const reports: Report[] = [];
    let bytes = 0;
    for (const file of files) {
      // A control plane that does not know looks has no use for them: another one will.
      if (file.isLook && link.session.ready.looks !== true) continue;
      if (reports.length === maxReports || (reports.length > 0 && bytes + file.bytes > messageBytes)) break;
      const report = read(file);
      if (!report) continue;
      reports.push(report);
      bytes += file.bytes;
    }
    if (reports.length === 0) return;
    link.sent = new Set(reports.map(({ id }) => id));
    const runs = reports.filter((report) => "action" in report);
    const looks = reports.filter((report) => "probes" in report);
    link.session.send({ type: "schedules.report", runs, ...(looks.length > 0 ? { looks } : {}) });
  }

  /** Drops the oldest of a kind where there are too many of it, or where all are too large. */
  function makeRoom(isLook: boolean): void {
    let over = files.reduce((sum, { bytes }) => sum + bytes, 0) - mostBytes;
    let count = files.filter((file) => file.isLook === isLook).length - mostReports;
    const old: File[] = [];
    for (const file of files) {
      if (over <= 0 && (count <= 0 || file.isLook !== isLook)) continue;
      old.push(file);
      over -= file.bytes;
      if (file.isLook === isLook) count--;
    }
    if (old.length === 0) return;
    logger.warn(
      { dropped: old.length },
      "reports of what was run without a link are dropped before anybody has seen them: there are too many",
    );
    drop(old);
  }

  return {
    async add(report) {
      const time = "dueAt" in report ? report.dueAt : report.at;
      const name = `${time.replaceAll(/[^0-9]/g, "")}-${report.id}.json`;
      const text = JSON.stringify(report);
      await writeDurable(join(dir, name), text);
      files = [...files.filter((file) => file.id !== report.id), { ...named(name), bytes: Buffer.byteLength(text) }].toSorted((a, b) =>
        a.name < b.name ? -1 : 1,
      );
      makeRoom("probes" in report);
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
function named(name: string): Pick<File, "name" | "id" | "isLook"> {
  const id = name.slice(name.indexOf("-") + 1, -".json".length);
  return { name, id, isLook: id.startsWith(idPrefixes.look) };
}
