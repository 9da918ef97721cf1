import { createColors } from "picocolors";
import { runProgram } from "../program.ts";

/** What a command line printed and its exit code. */
export type Ran = { code: number; out: string; err: string };

/** Runs a command line inside this process: no terminal, no colours, no login. */
export async function runCli(args: readonly string[], input: { cwd: string; stdin?: string; env?: Record<string, string> }): Promise<Ran> {
  let [out, err] = ["", ""];
  const code = await runProgram({
    args,
    io: {
      out: (text) => void (out += text),
      err: (text) => void (err += text),
      env: input.env ?? {},
      cwd: input.cwd,
      interactive: false,
      width: undefined,
      colors: createColors(false),
      ask: () => Promise.resolve(undefined),
      readInput: () => Promise.resolve(input.stdin ?? ""),
      signal: new AbortController().signal,
    },
  });
  return { code, out, err };
}
