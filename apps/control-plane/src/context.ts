import type { Logger } from "@berth/kit/log";
import type { Compilable, CompiledQuery } from "kysely";
import type { BlobStore } from "./blobs/store.ts";
import type { Bus, BusMessage } from "./bus/port.ts";
import type { Vault } from "./crypto/vault.ts";
import type { Db, Tx } from "./db/client.ts";
import type { OnRows, OpenTransaction, RunTransaction } from "./db/transaction.ts";
import type { Settings } from "./env.ts";
import { flushEvents, type PendingEvent } from "./events/flush.ts";
import type { Metrics } from "./metrics/metrics.ts";
import type { Enqueue, QueueJob } from "./queue/names.ts";

/** What one control-plane process has: built once in main.ts, handed down, never global. */
export type System = {
  db: Db;
  transaction: RunTransaction;
  logger: Logger;
  settings: Settings;
  vault: Vault;
  enqueue: Enqueue;
  bus: Bus;
  blobs: BlobStore;
  metrics: Metrics;
  /** Name of this replica, unique among those that run. */
  replicaId: string;
  now: () => Date;
};

/** Something to do once the transaction has been committed: put a job on a queue, or tell the other replicas. */
export type AfterCommit = ({ kind: "enqueue" } & QueueJob) | ({ kind: "publish" } & BusMessage);

/** What a verb works in: one organisation, one actor, one transaction (or none). */
export type Ctx = {
  system: System;
  /** The transaction where there is one, else the pool. */
  db: Tx;
  orgId: string;
  /** Who acts: `token:<id>`, `customer:<id>`, `runner:<id>`, `system`. It stands in events and decisions. */
  actor: string;
  /** Of a customer: the one install that they see and decide on. */
  onlyInstall?: string;
  /** Where the request came from, for decisions that are kept: an address, or absent for the system itself. */
  from?: string;
  /** Present inside {@link transact}: see {@link send}. */
  send?: OpenTransaction["send"];
  /** Present inside {@link transact}: what to do after the commit. */
  pending?: AfterCommit[];
  /** Present inside {@link transact}: events to write before the commit. */
  events?: PendingEvent[];
};

/** A context for work that no person asked for. */
export function systemCtx(system: System, orgId: string): Ctx {
  return { system, db: system.db, orgId, actor: "system" };
}

/**
 * Runs `work` in one transaction, and what it asked for with {@link afterCommit} once that is committed. Inside another `transact` it joins it.
 * A failing after-commit effect is logged and dropped: the sweeper finds every row that should have moved.
 */
export async function transact<T>(ctx: Ctx, work: (ctx: Ctx) => Promise<T>): Promise<T> {
  if (ctx.pending) return work(ctx);
  const pending: AfterCommit[] = [];
  const result = await ctx.system.transaction(async (tx) => {
    const events: PendingEvent[] = [];
    const done = await work({ ...ctx, db: tx.db, send: tx.send, pending, events });
    // In one statement, and last: live readers see few events whose transactions are still open. What an answer tells comes behind.
    do {
      pending.push(...(await flushEvents(tx.db, events.splice(0))));
      await tx.answered();
    } while (events.length > 0);
    return done;
  });
  await Promise.all(pending.map((effect) => perform(ctx.system, effect)));
  return result;
}

/**
 * Runs a statement whose answer nothing here depends on. Inside {@link transact} it is on its way when this returns, ahead of all that follows; what it throws, or
 * `onRows` makes of the rows it returned, is the transaction's error.
 */
export async function send<Row>(ctx: Ctx, query: Compilable<Row> | CompiledQuery<Row>, onRows?: OnRows<Row>): Promise<void> {
  if (ctx.send) ctx.send(query, onRows);
  else {
    const { rows } = await ctx.db.executeQuery(query);
    await onRows?.(rows);
  }
}

/** Registers an effect for after the commit; outside a transaction it happens at once. */
export async function afterCommit(ctx: Ctx, effect: AfterCommit): Promise<void> {
  if (ctx.pending) ctx.pending.push(effect);
  else await perform(ctx.system, effect);
}

async function perform(system: System, effect: AfterCommit): Promise<void> {
  try {
    if (effect.kind === "enqueue") await system.enqueue(effect);
    else await system.bus.publish(effect);
  } catch (error) {
    system.logger.warn({ err: error, effect: effect.kind }, "an after-commit effect failed; the sweeper will make up for it");
  }
}
