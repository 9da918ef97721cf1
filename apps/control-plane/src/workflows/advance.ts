import { isDeepStrictEqual } from "node:util";
import { sql } from "kysely";
import { send, systemCtx, transact, type Ctx, type System } from "../context.ts";
import { toJsonb } from "../db/jsonb.ts";
import type { Waiting } from "../db/schema.ts";
import { decide } from "./decide.ts";
import { explain } from "./explain.ts";
import { keepSince } from "./keep-since.ts";
import { loadFacts, type Loaded, type Surroundings } from "./load-facts.ts";
import { perform } from "./perform.ts";
import { besideOperations, listSteps, workflowColumns, type StepRow, type WorkflowRow } from "./queries.ts";

/**
 * Moves a workflow as far as it goes now. Safe to call at any time, any number of times, from any replica: its row is the lock, what is decided
 * follows from the rows alone, and all of it is one transaction.
 */
export async function advanceWorkflow({ system, workflowId }: { system: System; workflowId: string }): Promise<void> {
  // Whose it is is found with it.
  await transact(systemCtx(system, ""), async (anyone) => {
    const found: WorkflowRow[] = [];
    const row = anyone.db.selectFrom("workflows").select(workflowColumns).where("id", "=", workflowId).forUpdate();
    await send(anyone, row, (rows) => void found.push(...rows));
    // Read behind the lock, and so not before it is held.
    const steps = await listSteps(anyone, workflowId);
    const [workflow] = found;
    if (!workflow || workflow.state === "succeeded" || workflow.state === "failed" || workflow.state === "cancelled") return;
    await advanceLocked({ ...anyone, orgId: workflow.org_id }, workflow, steps);
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
  await send(ctx, ctx.db.selectFrom("installs").select("id").where("id", "=", workflow.install_id).forNoKeyUpdate());
}

/** Keeps why things wait with their rows, for lists; what waits for steps of the same workflow is told from the steps when somebody asks. */
async function storeWaiting(ctx: Ctx, { facts, workflow, steps }: Loaded): Promise<void> {
  const why = explain(facts);
  if (isNews(workflow, why.workflow)) {
    const waiting = workflow.waiting && toJsonb(workflow.waiting);
    await send(ctx, ctx.db.updateTable("workflows").set({ waiting }).where("id", "=", workflow.id));
  }
  const news = steps.filter((step) => isNews(step, why.steps.get(step.id)));
  if (news.length === 0) return;
  const ids = news.map(({ id }) => id);
  const texts = news.map(({ waiting }) => waiting && toJsonb(waiting));
  await send(
    ctx,
    sql`update steps set waiting = told.waiting::jsonb
      from unnest(${ids}::text[], ${texts}::text[]) as told(id, waiting) where steps.id = told.id`.compile(ctx.db),
  );
}

/** Puts why it waits into the row in memory. @returns whether that is something else than before */
function isNews(row: { waiting: Waiting | null }, waiting: Waiting | undefined): boolean {
  const next = waiting && waiting.reason !== "steps_ahead" ? keepSince(row.waiting, waiting) : null;
  if (isDeepStrictEqual(row.waiting, next)) return false;
  row.waiting = next;
  return true;
}
