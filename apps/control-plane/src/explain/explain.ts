import type { explainContract } from "@berth/api/contract/explain";
import { AppError } from "@berth/kit/errors";
import { idPrefixes } from "@berth/kit/ids";
import type { z } from "zod";
import { getApproval } from "../approvals/get.ts";
import { getBuild } from "../builds/get.ts";
import type { Ctx } from "../context.ts";
import { findInstall } from "../installs/queries.ts";
import { getJob } from "../jobs/get.ts";
import { getRunner } from "../runners/get.ts";
import { idleRunners } from "../runners/idle.ts";
import { explainWorkflow } from "../workflows/get.ts";
import { besideOperations } from "../workflows/queries.ts";

export type Explained = z.input<(typeof explainContract)["explain.get"]["response"]>;
type Part = Explained["parts"][number];

type Explain = (ctx: Ctx, id: string) => Promise<Explained>;

/** Why something does not run, by the kind of its id. @throws AppError `not_found` */
export async function explainAnything({ ctx, input }: { ctx: Ctx; input: { id: string } }): Promise<Explained> {
  const explain = explainers[input.id.slice(0, 3)];
  if (!explain) {
    const kinds = "an install, workflow, step, job, approval, build or runner";
    throw new AppError("not_found", `${input.id} is not the id of ${kinds}`);
  }
  return explain(ctx, input.id);
}

const explainers: Readonly<Record<string, Explain>> = {
  [idPrefixes.workflow]: async (ctx, id) => {
    const { state, waiting, steps } = await explainWorkflow({ ctx, input: { workflowId: id } });
    return { id, kind: "workflow", state, ...(waiting ? { waiting } : {}), parts: steps.map(stepPart) };
  },
  [idPrefixes.step]: async (ctx, id) => {
    const row = await ctx.db
      .selectFrom("steps")
      .select(["workflow_id", "key", "state", "job_id"])
      .where("org_id", "=", ctx.orgId)
      .where("id", "=", id)
      .executeTakeFirst();
    if (!row) throw new AppError("not_found", `There is no step ${id}`);
    const { steps } = await explainWorkflow({ ctx, input: { workflowId: row.workflow_id } });
    const own = steps.find(({ stepId }) => stepId === id);
    return { id, kind: "step", name: row.key, state: row.state, ...(own ? { waiting: own.waiting } : {}), parts: [] };
  },
  [idPrefixes.job]: async (ctx, id) => {
    vendorsOnly(ctx);
    const { state, waiting } = await getJob(ctx, { jobId: id });
    return { id, kind: "job", state, ...(waiting ? { waiting } : {}), parts: [] };
  },
  [idPrefixes.approval]: async (ctx, id) => {
    const { state, workflowId, stepId, stepKey } = await getApproval({ ctx, input: { approvalId: id } });
    const { steps } = await explainWorkflow({ ctx, input: { workflowId } });
    const waiting = state === "pending" ? steps.find((step) => step.stepId === stepId)?.waiting : undefined;
    return { id, kind: "approval", name: stepKey, state, ...(waiting ? { waiting } : {}), parts: [] };
  },
  [idPrefixes.build]: async (ctx, id) => {
    vendorsOnly(ctx);
    const { state, createdAt, target } = await getBuild({ ctx, input: { buildId: id } });
    const waiting =
      state === "queued"
        ? {
            reason: "builder_busy",
            since: createdAt,
            waitsFor: "a builder",
            next: "A control plane with the role builder takes it when it has room",
          }
        : undefined;
    return { id, kind: "build", name: target, state, ...(waiting ? { waiting } : {}), parts: [] };
  },
  [idPrefixes.runner]: async (ctx, id) => {
    vendorsOnly(ctx);
    const { state, name, waiting } = await getRunner(ctx, { runnerId: id });
    return { id, kind: "runner", name, state, ...(waiting ? { waiting } : {}), parts: [] };
  },
  [idPrefixes.install]: explainInstall,
};

/** What is under way on an install, or else what failed last; and for the vendor its runners that get no work. */
async function explainInstall(ctx: Ctx, id: string): Promise<Explained> {
  const install = await findInstall(ctx, id);
  const workflows = ctx.db.selectFrom("workflows").select(["id", "state"]).where("install_id", "=", id);
  const open = await workflows
    .where("state", "in", ["queued", "running", "awaiting_approval"])
    .orderBy("created_at")
    .orderBy("id")
    .limit(100)
    .execute();
  const last = await workflows
    .where("operation", "not in", besideOperations)
    .orderBy("created_at", "desc")
    .orderBy("id", "desc")
    .limit(1)
    .execute();
  const parts: Part[] = [];
  for (const row of open.length > 0 ? open : last.filter(({ state }) => state === "failed")) {
    const { state, waiting, steps } = await explainWorkflow({ ctx, input: { workflowId: row.id } });
    parts.push({ id: row.id, kind: "workflow", state, ...(waiting ? { waiting } : {}), parts: steps.map(stepPart) });
  }
  if (ctx.onlyInstall === undefined) {
    for (const { waiting, ...runner } of await idleRunners(ctx, id)) parts.push({ ...runner, kind: "runner", waiting, parts: [] });
  }
  return { id, kind: "install", name: install.name, state: install.state, parts };
}

function stepPart({ stepId, key, state, waiting }: Awaited<ReturnType<typeof explainWorkflow>>["steps"][number]): Part {
  return { id: stepId, kind: "step", name: key, state, waiting, parts: [] };
}

function vendorsOnly(ctx: Ctx): void {
  if (ctx.onlyInstall !== undefined)
    throw new AppError("forbidden", "A customer's token explains its install, workflows, steps and approvals");
}
