import { isDeepStrictEqual } from "node:util";
import { systemCtx, transact, type Ctx, type System } from "../context.ts";
import { toJsonb } from "../db/jsonb.ts";
import type { Waiting } from "../db/schema.ts";
import { decide } from "./decide.ts";
import { explain } from "./explain.ts";
import { keepSince } from "./keep-since.ts";
import { loadFacts, type Loaded, type Surroundings } from "./load-facts.ts";
import { perform } from "./perform.ts";
import { besideOperations, findWorkflow, listSteps, type StepRow, type WorkflowRow } from "./queries.ts";

/**
 * Moves a workflow as far as it goes now. Safe to call at any time, any number of times, from any replica: its row is the lock, what is decided
 * follows from the rows alone, and all of it is one transaction.
 */
export async function advanceWorkflow({ system, workflowId }: { system: System; workflowId: string }): Promise<void> {
  const row = await system.db.selectFrom("workflows").select(["org_id", "state"]).where("id", "=", workflowId).executeTakeFirst();
  if (!row || row.state === "succeeded" || row.state === "failed" || row.state === "cancelled") return;
  await transact(systemCtx(system, row.org_id), async (ctx) => {
    const workflow = await findWorkflow(ctx, workflowId, "lock");
    await advanceLocked(ctx, workflow, await listSteps(ctx, workflowId));
  });
}

/** {@link advanceWorkflow} for a transaction that holds the workflow's row. The rows in memory follow what is done. */
export async function advanceLocked(ctx: Ctx, workflow: WorkflowRow, steps: StepRow[]): Promise<void> {
  // More rounds than this in one go would be a decider that does not come to rest.
  const maxRounds = 50 + 6 * steps.length;
  // An action's job is with its runner in milliseconds: no time for a second look at why it waits.
  let swift = false;
  let surroundings: Surroundings | undefined;
  for (let round = 0; ; round++) {
    if (round === maxRounds) throw new Error(`Workflow ${workflow.id} does not come to rest`);
    if (workflow.state === "queued" && !besideOperations.includes(workflow.operation)) await holdLane(ctx, workflow);
    const loaded = await loadFacts(ctx, workflow, steps, surroundings);
    surroundings = loaded.surroundings;
    let again = false;
    const { runner } = loaded.facts;
    swift = besideOperations.includes(workflow.operation) && runner?.state === "online";
    for (const effect of decide(loaded.facts)) {
      // What follows was decided without this news; it is decided again.
      if (await perform(ctx, loaded, effect)) {
        again = true;
        break;
      }
    }
    if (!again) break;
  }
  if (!swift) await storeWaiting(ctx, await loadFacts(ctx, workflow, steps, surroundings));
}

/** Only one workflow of an install may find at a time that nobody is ahead of it. */
async function holdLane(ctx: Ctx, workflow: WorkflowRow): Promise<void> {
  await ctx.db.selectFrom("installs").select("id").where("id", "=", workflow.install_id).forNoKeyUpdate().execute();
}

/** Keeps why things wait with their rows, for lists; what waits for steps of the same workflow is told from the steps when somebody asks. */
async function storeWaiting(ctx: Ctx, { facts, workflow, steps }: Loaded): Promise<void> {
  const why = explain(facts);
  const kept = (waiting: Waiting | undefined): Waiting | null => (waiting && waiting.reason !== "steps_ahead" ? waiting : null);
  await keep(workflow, kept(why.workflow), (waiting) =>
    ctx.db.updateTable("workflows").set({ waiting }).where("id", "=", workflow.id).execute(),
  );
  for (const step of steps) {
    await keep(step, kept(why.steps.get(step.id)), (waiting) =>
      ctx.db.updateTable("steps").set({ waiting }).where("id", "=", step.id).execute(),
    );
  }
}

async function keep(
  row: { waiting: Waiting | null },
  waiting: Waiting | null,
  write: (json: string | null) => Promise<unknown>,
): Promise<void> {
  const next = waiting && keepSince(row.waiting, waiting);
  if (isDeepStrictEqual(row.waiting, next)) return;
  row.waiting = next;
  await write(next ? toJsonb(next) : null);
}
