import { createInterface } from "node:readline/promises";
import { createColors } from "picocolors";

/** What a command may touch of the world around it. */
export type Io = {
  out: (text: string) => void;
  err: (text: string) => void;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  /** A person sits at both ends: questions can be asked. */
  interactive: boolean;
  /** Columns of the terminal; undefined where output goes elsewhere and nothing is cut. */
  width: number | undefined;
  colors: ReturnType<typeof createColors>;
  /** Asks on the terminal; undefined at the end of input. @throws the signal's reason when it aborts before an answer */
  ask(question: string, signal?: AbortSignal): Promise<string | undefined>;
  /** What was piped in, up to `maxBytes`. */
  readInput(maxBytes: number): Promise<string>;
  /** Aborts at the first Ctrl-C or SIGTERM. */
  signal: AbortSignal;
};

/**
 * The process's own terminal, environment and signals.
 * @param options.cleansUp the process has something to stop before it ends: a second Ctrl-C (or the same one, told again by npm) does not end it at once
 */
export function processIo(process: NodeJS.Process, options: { cleansUp?: boolean } = {}): Io {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (stop.signal.aborted && !options.cleansUp) process.exit(130);
      stop.abort(new Interrupted());
    });
  }
  // A reader that has seen enough (`| head`) is no failure.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
  const tty = process.stdout.isTTY;
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    env: process.env,
    cwd: process.cwd(),
    interactive: tty && process.stdin.isTTY,
    width: tty ? process.stdout.columns : undefined,
    colors: createColors(tty && !process.env["NO_COLOR"] && process.env["TERM"] !== "dumb"),
    async ask(question, signal) {
      const lines = createInterface({ input: process.stdin, output: process.stdout });
      lines.on("SIGINT", () => stop.abort(new Interrupted()));
      const ended = new Promise<undefined>((resolve) => lines.once("close", () => resolve(undefined)));
      const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
      try {
        return await Promise.race([lines.question(question, { signal: either }), ended]);
      } catch (error) {
        throw either.aborted ? either.reason : error;
      } finally {
        lines.close();
      }
    },
    async readInput(maxBytes) {
      let text = "";
      for await (const piece of process.stdin.setEncoding("utf8")) {
        text += piece as string;
        if (text.length > maxBytes) throw new Error(`More than ${maxBytes} bytes came in on standard input`);
      }
      return text;
    },
    signal: stop.signal,
  };
}

/** The person pressed Ctrl-C. */
export class Interrupted extends Error {
  constructor() {
    super("Interrupted");
    this.name = "Interrupted";
  }
}
