// Measures speed and memory against bars. `npm run bench [-- name …] [--json]`: names are groups (`pickup`) or single figures (`pickup.redis.p99`).
import { execFileSync } from "node:child_process";
import { cpus, release, totalmem, type } from "node:os";
import { root } from "../run-step.ts";
import type { Figure } from "./figure.ts";

/** Every group and the file that measures it. A group's file exports `measure(): Promise<Figure[]>`. */
const groups: Record<string, () => Promise<{ measure: () => Promise<Figure[]> }>> = {
  pickup: () => import("./pickup.ts"),
  overhead: () => import("./overhead.ts"),
  logs: () => import("./logs.ts"),
  idle: () => import("./idle.ts"),
  sessions: () => import("./sessions.ts"),
  config: () => import("./config.ts"),
  copy: () => import("./copy.ts"),
  plans: () => import("./plans.ts"),
  workflows: () => import("./workflows.ts"),
  health: () => import("./health.ts"),
};

const args = process.argv.slice(2);
const json = args.includes("--json");
const wanted = args.filter((arg) => arg !== "--json");
const selected = (group: string): boolean => wanted.length === 0 || wanted.some((name) => name === group || name.startsWith(`${group}.`));
const unknown = wanted.filter((name) => !Object.hasOwn(groups, name.split(".")[0] ?? ""));
if (unknown.length > 0) {
  process.stderr.write(`No such figure: ${unknown.join(", ")}. There are: ${Object.keys(groups).join(", ")}.\n`);
  process.exit(2);
}

const figures: Figure[] = [];
for (const [group, load] of Object.entries(groups)) {
  if (!selected(group)) continue;
  if (!json) process.stderr.write(`measuring ${group} …\n`);
  const measured = await (await load()).measure();
  figures.push(...measured.filter((figure) => wanted.length === 0 || wanted.some((name) => figure.name === name || name === group)));
}

const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown CPU"}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}, Node ${process.versions.node}`;
const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: root, encoding: "utf8" }).trim();
if (json) process.stdout.write(`${JSON.stringify({ machine, commit, figures })}\n`);
else process.stdout.write(table(machine, commit, figures));
process.exit(figures.every((figure) => figure.ok) ? 0 : 1);

function table(machineName: string, commitId: string, rows: readonly Figure[]): string {
  const cells = rows.map((row) => [row.name, format(row.value), row.unit, String(row.n), row.bar ?? "", row.ok ? "ok" : "MISSED"]);
  const all = [["figure", "value", "unit", "n", "bar", ""], ...cells];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return `${machineName}\ncommit ${commitId}\n\n${lines.join("\n")}\n`;
}

function format(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
