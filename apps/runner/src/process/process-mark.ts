import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** A process that can be told apart from a later one with the same pid. */
export type ProcessMark = { pid: number; mark: string };

/** Marks a live process by pid, boot and start time; undefined where there is none, or only its zombie. */
export function markProcess(pid: number): ProcessMark | undefined {
  const mark = process.platform === "linux" ? linuxMark(pid) : psMark(pid);
  return mark === undefined ? undefined : { pid, mark };
}

/** True while exactly that process lives. */
export function isAlive(process: ProcessMark): boolean {
  return markProcess(process.pid)?.mark === process.mark;
}

function linuxMark(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The command's name may hold spaces and brackets; the fields after it count from its last bracket.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state] = fields;
    const startTicks = fields[19];
    if (state === "Z" || state === "X" || startTicks === undefined) return undefined;
    return `${bootId()}:${startTicks}`;
  } catch {
    return undefined;
  }
}

function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
  } catch {
    return "";
  }
}

function psMark(pid: number): string | undefined {
  try {
    const text = execFileSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    const line = text.trim();
    return line === "" || line.startsWith("Z") ? undefined : line.replace(/^\S+\s+/, "");
  } catch {
    return undefined;
  }
}
