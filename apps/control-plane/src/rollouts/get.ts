import type { rolloutDetailSchema, rolloutSchema } from "@berth/api/contract/rollouts";
import type { z } from "zod";
import type { Ctx } from "../context.ts";
import type { Waiting } from "../db/schema.ts";
import { decodeCursor, toPage } from "../http/page.ts";
import { loadRolloutFacts } from "./advance.ts";
import { gateOf } from "./decide.ts";
import { findRollout, listRolloutInstalls, type RolloutRow } from "./queries.ts";

type View = z.input<typeof rolloutSchema>;

/** A rollout with its rings, its installs, and why each waits. @throws AppError `not_found` */
export async function getRollout({ ctx, input }: { ctx: Ctx; input: { rolloutId: string } }): Promise<z.input<typeof rolloutDetailSchema>> {
  const rollout = await findRollout(ctx, input.rolloutId);
  const rows = await listRolloutInstalls(ctx, rollout.id);
  const facts = await loadRolloutFacts(ctx, rollout, rows);
  const ids = rows.flatMap(({ workflow_id: id }) => (id === null ? [] : [id]));
  const waiting = new Map<string, Waiting>(
    (ids.length === 0
      ? []
      : await ctx.db.selectFrom("workflows").select(["id", "waiting"]).where("id", "in", ids).where("waiting", "is not", null).execute()
    ).flatMap((row) => (row.waiting ? [[row.id, row.waiting] as const] : [])),
  );
  const current = rollout.rings.findIndex((_ring, index) => rows.some((row) => row.ring === index && !done.has(row.state)));
  const gate = rollout.state === "running" && current >= 0 ? gateOf(facts, current) : undefined;
  const paused: Waiting | undefined =
    rollout.state === "paused"
      ? {
          reason: "paused",
          since: rollout.created_at.toISOString(),
          waitsFor: "a person",
          next: `${rollout.why ?? "It is paused"}. Retry or skip what failed and resume, roll the ring back, or halt`,
        }
      : undefined;
  const why = gate ?? paused;
  return {
    ...(await view(ctx, rollout)),
    ...(why ? { waiting: why } : {}),
    rings: rollout.rings.map((ring, index) => {
      const members = rows.filter((row) => row.ring === index);
      const ended = members.every(({ state }) => done.has(state));
      return {
        ...ring,
        state: ended
          ? ("done" as const)
          : members.every(({ state }) => state === "pending" || state === "skipped")
            ? ("waiting" as const)
            : ("running" as const),
        installs: members.map((row) => {
          const own = waiting.get(row.workflow_id ?? "");
          return {
            installId: row.install_id,
            name: row.name,
            state: row.state,
            ...(row.workflow_id === null ? {} : { workflowId: row.workflow_id }),
            ...(row.note === null ? {} : { note: row.note }),
            ...(own && row.state === "running" ? { waiting: own } : {}),
          };
        }),
      };
    }),
  };
}

const done: ReadonlySet<string> = new Set(["succeeded", "failed", "skipped", "rolled_back"]);

/** Rollouts of the org, newest first. */
export async function listRollouts({ ctx, input }: { ctx: Ctx; input: { cursor?: string | undefined; limit: number } }) {
  const after = decodeCursor(input.cursor, ["time", "string"]);
  const rows = await ctx.db
    .selectFrom("rollouts")
    .innerJoin("app_configs", "app_configs.id", "rollouts.app_config_id")
    .selectAll("rollouts")
    .select("app_configs.version")
    .where("rollouts.org_id", "=", ctx.orgId)
    .$if(after !== undefined, (query) =>
      query.where((eb) => eb(eb.refTuple("rollouts.created_at", "rollouts.id"), "<", eb.tuple(after![0], after![1]))),
    )
    .orderBy("rollouts.created_at", "desc")
    .orderBy("rollouts.id", "desc")
    .limit(input.limit + 1)
    .execute();
  return toPage({
    rows,
    limit: input.limit,
    keysOf: (row) => [row.created_at.toISOString(), row.id],
    toItem: (row) => viewOf(row, row.version),
  });
}

async function view(ctx: Ctx, row: RolloutRow): Promise<View> {
  const { version } = await ctx.db
    .selectFrom("app_configs")
    .select("version")
    .where("id", "=", row.app_config_id)
    .executeTakeFirstOrThrow();
  return viewOf(row, version);
}

function viewOf(row: RolloutRow, version: number): View {
  return {
    id: row.id,
    appId: row.app_id,
    appConfigId: row.app_config_id,
    version,
    state: row.state,
    createdBy: row.created_by,
    createdAt: row.created_at.toISOString(),
    ...(row.why === null ? {} : { why: row.why }),
    ...(row.finished_at ? { finishedAt: row.finished_at.toISOString() } : {}),
  };
}
