import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Fetched } from "./fetch-http.ts";
import { decodeText } from "./read-file.ts";

const run = promisify(execFile);

type Input = {
  url: string;
  path: string;
  ref: string | undefined;
  maxBytes: number;
  timeoutMs: number;
  /** Whether a repository on this machine may be read. */
  allowFile: boolean;
  signal?: AbortSignal;
};

/** Reads one file of a git repository without a checkout: one commit is fetched into a bare repository, without blobs, then the one blob. Never throws. */
export async function fetchGit(input: Input): Promise<Fetched> {
  const transports = ["https", "http", "ssh", ...(input.allowFile ? ["file"] : [])];
  const options = {
    timeout: input.timeoutMs,
    maxBuffer: input.maxBytes + 1,
    windowsHide: true,
    encoding: "buffer" as const,
    ...(input.signal ? { signal: input.signal } : {}),
  };
  // Nobody is there to answer a question, and no other transport than these may run a program of the machine.
  const settings = [
    "protocol.allow=never",
    ...transports.map((name) => `protocol.${name}.allow=always`),
    "core.askPass=true",
    "core.sshCommand=ssh -o BatchMode=yes",
  ];
  const dir = await mkdtemp(join(tmpdir(), "berth-include-"));
  const git = (...args: string[]) => run("git", [...settings.flatMap((setting) => ["-c", setting]), "-C", dir, ...args], options);
  try {
    await git("init", "--quiet", "--bare");
    await git("remote", "add", "origin", input.url);
    await git("fetch", "--quiet", "--depth=1", "--no-tags", "--filter=blob:none", "origin", input.ref ?? "HEAD");
    const { stdout: blob } = await git("cat-file", "blob", `FETCH_HEAD:${input.path}`);
    const text = decodeText(blob);
    return text === undefined ? { failure: "it is not UTF-8 text" } : { text };
  } catch (error) {
    return { failure: explain(error, input) };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function explain(error: unknown, input: Input): string {
  if (!(error instanceof Error)) return String(error);
  if ("code" in error && error.code === "ENOENT") return "git is not installed";
  if ("code" in error && error.code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER") return `it is larger than ${input.maxBytes} bytes`;
  if ("killed" in error && error.killed === true) return `git did not finish within ${input.timeoutMs} ms`;
  const output = "stderr" in error && error.stderr instanceof Uint8Array ? Buffer.from(error.stderr).toString("utf8") : error.message;
  const line = output.split("\n").find((candidate) => /fatal|error/i.test(candidate)) ?? output.split("\n")[0] ?? "";
  return line.replace(/^fatal: /, "").slice(0, 200);
}
