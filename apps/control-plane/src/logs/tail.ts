import type { Ctx } from "../context.ts";
import { readLog } from "./read.ts";

/** What a follower of a stream gets to know. `next` is the offset to resume from. */
export type TailEvent =
  | { type: "text"; offset: number; text: string; next: number }
  /**
   * Nothing more will come. `cappedAt`: only that many bytes were kept, there were more. `continuedIn`: the stream of the job's next attempt, where it
   * was started again.
   */
  | { type: "end"; next: number; cappedAt?: number; continuedIn?: string };

const recheckMs = 15_000;
const partBytes = 256 * 1024;

/**
 * Follows a stream from an offset until it ends or the signal aborts. The bus makes it live; a look every 15 s makes up for a lost message.
 * @throws AppError as `readLog` does, on the first step
 */
export async function* tailLog(args: {
  ctx: Ctx;
  input: { streamId: string; offset: number };
  signal: AbortSignal;
}): AsyncGenerator<TailEvent> {
  const { ctx, signal } = args;
  const { streamId } = args.input;
  let { offset } = args.input;
  using changes = watchStream(ctx, streamId, signal);
  while (!signal.aborted) {
    changes.clear();
    const part = await readLog({ ctx, input: { streamId, offset, maxBytes: partBytes } });
    offset = part.next;
    if (part.text !== "") yield { type: "text", offset: part.offset, text: part.text, next: part.next };
    if (part.ended) {
      const continuedIn = await nextAttemptsStream(ctx, streamId);
      yield {
        type: "end",
        next: offset,
        ...(part.cappedAt === undefined ? {} : { cappedAt: part.cappedAt }),
        ...(continuedIn === undefined ? {} : { continuedIn }),
      };
      return;
    }
    if (part.text === "") await changes.next(recheckMs);
  }
}

/** A latch that the bus sets when the stream has changed. */
function watchStream(ctx: Ctx, streamId: string, signal: AbortSignal) {
  let changed = false;
  let wake: (() => void) | undefined;
  const set = (): void => {
    changed = true;
    wake?.();
  };
  const unsubscribe = ctx.system.bus.subscribe("logs", (data) => {
    if (data.streamId === streamId) set();
  });
  signal.addEventListener("abort", set);
  return {
    clear(): void {
      changed = false;
    },
    /** Waits for a change, that long at most. */
    async next(ms: number): Promise<void> {
      if (changed) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      wake = undefined;
    },
    [Symbol.dispose](): void {
      unsubscribe();
      signal.removeEventListener("abort", set);
    },
  };
}

async function nextAttemptsStream(ctx: Ctx, streamId: string): Promise<string | undefined> {
  const next = await ctx.db
    .selectFrom("log_streams as later")
    .innerJoin("log_streams as this", (join) => join.onRef("this.job_id", "=", "later.job_id").onRef("this.epoch", "<", "later.epoch"))
    .select("later.id")
    .where("this.id", "=", streamId)
    .where("later.org_id", "=", ctx.orgId)
    .orderBy("later.epoch")
    .limit(1)
    .executeTakeFirst();
  return next?.id;
}
