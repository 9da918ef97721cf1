import type { ApiClient, CallInput } from "@berth/api/client";
import type { Cli } from "../cli.ts";
import { addCommand, addGroup, type Program } from "../command.ts";
import { InvalidInput } from "../invalid-input.ts";
import { NotFound } from "../not-found.ts";
import { renderFields } from "../output/fields.ts";
import { safeText } from "../output/safe-text.ts";
import { stateColor } from "../output/state-color.ts";
import { renderTable } from "../output/table.ts";
import { ago, took } from "../output/time.ts";
import { renderPlan, type ShownPlan } from "../plan/render-plan.ts";
import { collect, limitOf } from "../resolve/collect.ts";
import { resolveInstall } from "../resolve/install.ts";
import { resolveStep, resolveWorkflow, type Step, type Workflow } from "../resolve/workflow.ts";
import { watchToEnd } from "../watch/follow-workflow.ts";
import { loadPlan } from "../watch/load-plan.ts";
import { failureText } from "../watch/step-line.ts";

const which =
  "<workflow> is a workflow's id, or an install: then what waits for a decision there, else what is under way, else what came last.";

export function addWorkflows(program: Program): void {
  const group = addGroup(program, "workflows", "Operations on installs, their steps, plans and decisions").addHelpText(
    "after",
    `\n${which}`,
  );

  addCommand<{ open?: boolean; limit: string }>(program, group, {
    name: "list [install]",
    summary: "List workflows, newest first",
    options: [
      ["--open", "only those that have not ended"],
      ["--limit <n>", "at most so many", "20"],
    ],
    async run({ cli, args: [install], options }) {
      const client = await cli.client();
      const installId = install === undefined ? undefined : (await resolveInstall(client, { install })).id;
      const query = { ...(installId === undefined ? {} : { installId }), ...(options.open ? { state: "open" as const } : {}) };
      cli.list(
        await collect(client.pages("workflows.list", { query }), limitOf(options.limit)),
        [
          { title: "WORKFLOW", cell: (item) => item.id },
          { title: "INSTALL", cell: (item) => item.installId },
          { title: "OPERATION", cell: (item) => `${item.operation.replaceAll("_", " ")}${item.planOnly ? " (plan only)" : ""}`, cut: true },
          { title: "STATE", cell: (item) => stateColor(cli.io, item.state) },
          { title: "STARTED", cell: (item) => ago(item.startedAt ?? item.createdAt) },
          { title: "TOOK", cell: (item) => took(item.startedAt, item.finishedAt) },
        ],
        "No workflows.",
      );
    },
  });

  addCommand(program, group, {
    name: "get <workflow>",
    summary: "Show a workflow and its steps",
    async run({ cli, args: [text = ""] }) {
      const workflow = await resolveWorkflow(await cli.client(), text);
      cli.show(workflow, () => describe(cli, workflow));
    },
  });

  addCommand(program, group, {
    name: "watch <workflow>",
    summary: "Follow a workflow; on a terminal, show each plan and ask",
    examples: ["workflows watch acme", "workflows watch wfl0abc…"],
    async run({ cli, args: [text = ""] }) {
      return watchToEnd(cli, (await resolveWorkflow(await cli.client(), text)).id);
    },
  });

  addCommand<{ full?: boolean }>(program, group, {
    name: "plan <workflow> [step]",
    summary: "Show the plan of a step, or every plan that waits",
    options: [["--full", "every line of every object, however many and however long"]],
    examples: [
      "workflows plan acme",
      "workflows plan acme --full",
      "workflows plan acme component:db/plan",
      "--json workflows plan acme sandbox/plan",
    ],
    async run({ cli, args: [text = "", stepText], options }) {
      const client = await cli.client();
      const workflow = await resolveWorkflow(client, text);
      const steps = stepText === undefined ? waiting(workflow) : [resolveStep(workflow, stepText)];
      const plans = await Promise.all(
        steps.map(async (step) => ({ step: step.key, digest: step.plan?.digest, plan: await planOf(client, step) })),
      );
      if (plans.length === 0) throw new NotFound(`No plan of ${workflow.id} waits. Name a step to see its plan.`);
      cli.show(plans, () =>
        plans
          .map(
            ({ step, digest, plan }) =>
              `${cli.io.colors.bold(safeText(step))}  ${cli.io.colors.dim(digest ?? "")}\n${renderPlan({ plan, color: cli.io.colors.isColorSupported, full: options.full ?? false, ...(cli.io.width === undefined ? {} : { width: cli.io.width }) })}`,
          )
          .join("\n"),
      );
    },
  });

  for (const [verb, decision, summary] of [
    ["approve", "approve", "Approve the plan that waits"],
    ["deny", "deny", "Deny the plan that waits: the workflow ends, or goes on without this component"],
    ["replan", "replan", "Take the plan that waits back and make a new one"],
  ] as const) {
    addCommand<DecideOptions>(program, group, {
      name: `${verb} <workflow>`,
      summary,
      options: [
        ["--step <step>", "whose plan; needed where several wait"],
        ["--digest <digest>", "only if the plan is still this one"],
        ...(decision === "approve" ? ([["--all", "every plan of the workflow: those that wait and those to come"]] as const) : []),
        ...(decision === "deny"
          ? ([
              ["--skip", "leave this component as it is, and go on with the others"],
              ["--skip-dependents", "the same, and leave out what makes no sense without it"],
            ] as const)
          : []),
        ["--note <text>", "kept with the decision"],
      ],
      examples: [`workflows ${verb} acme`, `workflows ${verb} acme --step component:db/plan --digest sha256:…`],
      async run({ cli, args: [text = ""], options }) {
        await decide(cli, { text, decision: exactly(decision, options), ...options });
      },
    });
  }

  for (const [verb, name, summary] of [
    ["retry", "workflows.retryStep", "Try a failed or denied step again, with a new plan"],
    ["skip", "workflows.skipStep", "Go on without a failed step, where that is allowed"],
  ] as const) {
    addCommand(program, group, {
      name: `${verb} <workflow> [step]`,
      summary,
      examples: [`workflows ${verb} acme`, `workflows ${verb} wfl0abc… component:db/apply`],
      async run({ cli, args: [text = "", stepText] }) {
        const client = await cli.client();
        const workflow = await resolveWorkflow(client, text);
        const step = stepText === undefined ? onlyFailed(workflow, verb) : resolveStep(workflow, stepText);
        const after = await client.call(name, { params: { workflowId: workflow.id, stepId: step.id } });
        cli.show(after, () => `${verb === "retry" ? "Trying again" : "Skipped"}: ${safeText(step.key)}\n`);
      },
    });
  }

  addCommand<{ reason?: string }>(program, group, {
    name: "cancel <workflow>",
    summary: "Start nothing new and stop what runs",
    options: [["--reason <text>", "kept with the workflow"]],
    async run({ cli, args: [text = ""], options }) {
      const client = await cli.client();
      const { id } = await resolveWorkflow(client, text);
      const workflow = await client.call("workflows.cancel", {
        params: { workflowId: id },
        body: options.reason === undefined ? {} : { reason: options.reason },
      });
      cli.show(workflow, () => `${id} is being cancelled.\n`);
    },
  });
}

function waiting(workflow: Workflow): Step[] {
  return workflow.steps.filter((step) => step.state === "awaiting_approval" && step.approvalId);
}

async function planOf(client: ApiClient, step: Step): Promise<ShownPlan> {
  const plan = step.planId === undefined ? undefined : await loadPlan(client, step.planId);
  if (plan === undefined) throw new NotFound(`The step ${step.key} has no plan${step.state === "pending" ? " yet" : ""}.`);
  return plan;
}

type DecideOptions = { step?: string; digest?: string; all?: boolean; note?: string; skip?: boolean; skipDependents?: boolean };

function exactly(decision: "approve" | "deny" | "replan", options: DecideOptions): Verb {
  if (options.all) return "approve_all";
  if (options.skipDependents) return "deny_skip_dependents";
  return options.skip ? "deny_skip" : decision;
}

type Verb = NonNullable<CallInput<"approvals.decide">["body"]>["decision"];
type DecideInput = { text: string; decision: Verb; step?: string; digest?: string; note?: string };

async function decide(cli: Cli, input: DecideInput): Promise<void> {
  const client = await cli.client();
  const workflow = await resolveWorkflow(client, input.text);
  const open = input.step === undefined ? waiting(workflow) : [resolveStep(workflow, input.step)];
  const [step, another] = open;
  if (!step?.approvalId || step.state !== "awaiting_approval")
    throw new NotFound(`No plan of ${workflow.id} waits for a decision. It is ${workflow.state.replaceAll("_", " ")}.`);
  if (another && input.decision !== "approve_all")
    throw new InvalidInput(
      `${open.length} plans wait. Name one with --step: ${open.map((each) => each.key).join(", ")}${input.decision === "approve" ? ". Or approve all of them with --all." : "."}`,
    );
  const approval = await client.call("approvals.decide", {
    params: { approvalId: step.approvalId },
    body: {
      decision: input.decision,
      digest: input.digest ?? step.plan?.digest ?? "",
      ...(input.note === undefined ? {} : { note: input.note }),
    },
  });
  const waits = approval.state === "pending" ? " It waits for more approvals: `berth explain` says whose." : "";
  cli.show(approval, () => `${words[input.decision]} ${safeText(step.key)}  ${cli.io.colors.dim(approval.digest)}${waits}\n`);
}

const words: Readonly<Record<Verb, string>> = {
  approve: "Approved",
  approve_all: "Approved, with every later plan of this workflow:",
  deny: "Denied",
  deny_skip: "Denied, and skipped:",
  deny_skip_dependents: "Denied, and skipped with what depends on it:",
  replan: "Planned again:",
};

function onlyFailed(workflow: Workflow, verb: "retry" | "skip"): Step {
  const failed = workflow.steps.filter(
    (step) => (verb === "retry" ? step.retryable : step.skippable) && ["failed", "denied"].includes(step.state),
  );
  if (failed.length === 1) return failed[0] as Step;
  if (failed.length === 0)
    throw new NotFound(
      `No step of ${workflow.id} can be ${verb === "retry" ? "tried again" : "skipped"}. It is ${workflow.state.replaceAll("_", " ")}.`,
    );
  throw new InvalidInput(`Name one of the steps: ${failed.map((step) => step.key).join(", ")}`);
}

function describe(cli: Cli, workflow: Workflow): string {
  const { colors } = cli.io;
  const head = renderFields(
    [
      ["workflow", workflow.id],
      ["install", workflow.installId],
      ["operation", workflow.operation.replaceAll("_", " ") + (workflow.planOnly ? " (plan only)" : "")],
      ["state", stateColor(cli.io, workflow.state)],
      ["started", `${ago(workflow.startedAt ?? workflow.createdAt)} by ${safeText(workflow.createdBy)}`],
      ["took", took(workflow.startedAt, workflow.finishedAt) || undefined],
      ["waits for", workflow.waiting ? `${safeText(workflow.waiting.waitsFor)}\n${safeText(workflow.waiting.next)}` : undefined],
      [
        "done",
        workflow.state === "cancelled" || workflow.state === "failed"
          ? safeText(workflow.done.join("\n") || "nothing was changed")
          : undefined,
      ],
      ["why", workflow.failure ? failureText(workflow.failure).trim() : undefined],
    ],
    colors.dim,
  );
  const steps = renderTable({
    items: workflow.steps,
    width: cli.io.width,
    dim: colors.dim,
    columns: [
      { title: "#", cell: (step) => String(step.index) },
      { title: "STEP", cell: (step) => safeText(step.key), cut: true },
      { title: "STATE", cell: (step) => stateColor(cli.io, step.state) },
      { title: "TRY", cell: (step) => (step.attempt > 0 ? String(step.attempt) : "") },
      { title: "TOOK", cell: (step) => took(step.startedAt, step.finishedAt) },
      { title: "NOTE", cell: (step) => safeText(step.failure?.reason ?? step.note ?? step.waiting?.waitsFor ?? ""), cut: true },
    ],
  });
  const failures = workflow.steps
    .filter((step) => step.failure)
    .map((step) => `\n${colors.red("✗")} ${safeText(step.key)}${failureText(step.failure)}\n`);
  return `${head}\n${steps}${failures.join("")}`;
}
