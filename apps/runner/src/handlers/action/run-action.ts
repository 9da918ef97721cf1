import type { Output } from "@berth/protocol/job-result";
import type { ActionRunSpec } from "@berth/protocol/job-spec";
import { maxOutputsBytes } from "@berth/protocol/limits";
import { redactText } from "../../logs/redact.ts";
import { JobFailure, type Handler, type HandlerResult, type JobContext } from "../handler.ts";
import { runStep } from "./run-step.ts";

/** Runs a vendor's action: its steps in order; the first failure ends it. A later step's output of the same name wins. */
export const runAction: Handler<ActionRunSpec> = async (ctx, spec) => {
  const steps: NonNullable<HandlerResult["steps"]> = [];
  const outputs: Record<string, Output> = {};
  // Scripts find the cluster where every tool looks for it.
  const access = spec.cluster ? (await (await import("../../cluster/open-cluster.ts")).openCluster(ctx, spec.cluster)).env : {};
  for (const [index, step] of spec.steps.entries()) {
    if (spec.steps.length > 1) await ctx.spool.line(`[berth] step ${index + 1} of ${spec.steps.length}: ${step.name}`);
    const { exit, durationMs, outputs: written } = await runStep({ ...ctx, env: { ...ctx.env, ...access } }, spec, step, index);
    const { exitCode, signal } = exit;
    steps.push({ name: step.name, ...(exitCode === undefined ? {} : { exitCode }), durationMs, outputs: written });
    for (const [key, value] of Object.entries(written)) outputs[key] = { value, sensitive: isSecret(ctx, value) };
    if (exitCode !== 0 || exit.stopped) {
      const how = signal === undefined ? `ended with exit code ${exitCode ?? "unknown"}` : `was ended by ${signal}`;
      const failure = {
        reason: "action_failed" as const,
        detail: `Step ${JSON.stringify(step.name)} of action ${JSON.stringify(spec.action)} ${how}. Its log says why.`,
        ...(exitCode === undefined ? {} : { exitCode }),
        ...(signal === undefined ? {} : { signal }),
      };
      return { steps, outputs, failure };
    }
  }
  const bytes = Buffer.byteLength(JSON.stringify(outputs));
  if (bytes > maxOutputsBytes)
    throw new JobFailure("outputs_invalid", `The outputs have ${bytes} bytes as JSON; at most ${maxOutputsBytes} are taken.`);
  return { steps, outputs };
};

/** A value that holds one of the job's secrets is one itself. */
function isSecret(ctx: JobContext, value: unknown): boolean {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return redactText(ctx.redaction, text) !== text;
}
