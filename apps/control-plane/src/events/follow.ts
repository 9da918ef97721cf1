import type { Ctx } from "../context.ts";
import type { BusPayloads } from "../bus/port.ts";
import { eventView, type EventView } from "./list.ts";

/** How often a follower looks by itself, in ms: a lost message of the bus costs at most this. */
const recheckMs = 15_000;
/** Event ids are given out before their transactions commit: one this young may still get a smaller neighbour. */
const unsettledMs = 10_000;
const pageSize = 500;

/** Whose events to follow. */
export type EventFilter = { workflowId: string } | { installId: string };

/**
 * Sends the events after an id, in order, then each new one, until `signal` aborts or `isOver` says so and everything was sent.
 * One that was committed late, below what was sent already, is sent too.
 */
export async function followEvents(args: {
  ctx: Ctx;
  filter: EventFilter;
  /** The last event the reader has; 0 for all. */
  after: number;
  send: (event: EventView) => Promise<void>;
  signal: AbortSignal;
  isOver?: () => Promise<boolean>;
}): Promise<void> {
  const { ctx, filter, signal } = args;
  const bell = createBell();
  const unsubscribe = ctx.system.bus.subscribe("events", (message) => {
    if (concerns(message, ctx.orgId, filter)) bell.ring();
  });
  signal.addEventListener("abort", bell.ring, { once: true });
  /** What was sent above `floor`, below which nothing can come any more. */
  const sent = new Map<number, Date>();
  let floor = args.after;
  let last = args.after;
  try {
    while (!signal.aborted) {
      // Asked before reading: what is committed by then is read, too.
      const over = (await args.isOver?.()) ?? false;
      let fresh;
      do {
        const rows = await read(ctx, filter, floor, last);
        fresh = rows.filter((row) => !sent.has(row.id));
        for (const row of fresh) {
          await args.send(eventView(row));
          sent.set(row.id, row.at);
          last = Math.max(last, row.id);
        }
        const settled = ctx.system.now().getTime() - unsettledMs;
        for (const [id, at] of sent) if (at.getTime() < settled) floor = Math.max(floor, id);
        for (const id of sent.keys()) if (id <= floor) sent.delete(id);
      } while (fresh.length === pageSize && !signal.aborted);
      if (over) return;
      await bell.wait(recheckMs);
    }
  } finally {
    unsubscribe();
    signal.removeEventListener("abort", bell.ring);
  }
}

function concerns(message: BusPayloads["events"], orgId: string, filter: EventFilter): boolean {
  if (message.orgId !== orgId) return false;
  return "workflowId" in filter ? message.workflowId === filter.workflowId : message.installId === filter.installId;
}

/** What came after `last`, and what was committed late between `floor` and `last`. */
function read(ctx: Ctx, filter: EventFilter, floor: number, last: number) {
  return (
    ctx.db
      .selectFrom("events")
      .selectAll()
      .where("org_id", "=", ctx.orgId)
      .$if("workflowId" in filter, (query) => query.where("workflow_id", "=", "workflowId" in filter ? filter.workflowId : ""))
      .$if("installId" in filter, (query) => query.where("install_id", "=", "installId" in filter ? filter.installId : ""))
      .where("id", ">", floor)
      // A long tail of sent ones must not crowd out what is new.
      .orderBy((eb) => eb("id", ">", last), "desc")
      .orderBy("id")
      .limit(pageSize)
      .execute()
  );
}

/** Something that can be rung while nobody waits: the next wait returns at once. */
function createBell(): { ring: () => void; wait(ms: number): Promise<void> } {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      rung = true;
      wake?.();
    },
    async wait(ms) {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      rung = false;
      wake = undefined;
    },
  };
}
