import { maxOutputsBytes } from "@berth/protocol/limits";
import type { Output } from "@berth/protocol/job-result";
import { redactText } from "../../logs/redact.ts";
import { JobFailure, type JobContext } from "../handler.ts";
import { terraformData, type TerraformRun } from "./terraform.ts";

type StateOutputs = Record<string, { value?: unknown; sensitive?: boolean }>;

/**
 * The outputs after an apply. They stand in the state, which is at hand: asking Terraform for them would cost another run, so it is asked only where the state
 * is in a form we do not know.
 * @throws JobFailure `outputs_invalid` where there are too many bytes of them
 */
export async function readOutputs(ctx: JobContext, run: TerraformRun, state: Buffer | undefined): Promise<Record<string, Output>> {
  const found = state === undefined ? {} : (outputsOfState(state) ?? (await askTerraform(ctx, run)));
  const outputs: Record<string, Output> = {};
  for (const [name, { value, sensitive }] of Object.entries(found)) {
    const text = JSON.stringify(value) ?? "null";
    outputs[name] = { value: value ?? null, sensitive: sensitive === true || redactText(ctx.redaction, text) !== text };
  }
  const bytes = Buffer.byteLength(JSON.stringify(outputs));
  if (bytes > maxOutputsBytes)
    throw new JobFailure("outputs_invalid", `The outputs have ${bytes} bytes as JSON; at most ${maxOutputsBytes} are taken.`);
  return outputs;
}

/** Outputs of a state of version 4, the only one that Terraform and OpenTofu have written since 2019. */
export function outputsOfState(state: Buffer): StateOutputs | undefined {
  try {
    const parsed = JSON.parse(state.toString("utf8")) as { version?: unknown; outputs?: unknown };
    if (parsed.version !== 4 || typeof parsed.outputs !== "object" || parsed.outputs === null) return undefined;
    return parsed.outputs as StateOutputs;
  } catch {
    return undefined;
  }
}

async function askTerraform(ctx: JobContext, run: TerraformRun): Promise<StateOutputs> {
  const json = await terraformData(ctx, run, ["output", "-json", "-no-color"], maxOutputsBytes * 2);
  return JSON.parse(json.toString("utf8")) as StateOutputs;
}
