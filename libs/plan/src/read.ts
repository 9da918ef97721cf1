import { StringDecoder } from "node:string_decoder";
import { AppError } from "@berth/kit/errors";
import type { z } from "zod";
import { planHeaderSchema, planObjectSchema, type PlanHeader, type PlanObject } from "./model.ts";

/** One line of a plan: the header, which comes first, or an object. */
export type PlanLine = { header: PlanHeader } | { object: PlanObject };

/** What a plan may be at most: a line in characters, the whole in bytes, the number of objects. */
export const planLimits = { lineLength: 8 * 1024 * 1024, bytes: 256 * 1024 * 1024, objects: 1_000_000 };

/**
 * Reads a plan's JSON lines as they come, one at a time: what is held in memory is one line.
 * @throws AppError `unprocessable` that names the line; `too_large` that names the limit
 */
export async function* readPlan(source: AsyncIterable<Uint8Array>, limits: typeof planLimits = planLimits): AsyncGenerator<PlanLine> {
  let number = 0;
  for await (const line of linesOf(source, limits)) {
    number++;
    if (number === 1) yield { header: parse(planHeaderSchema, line, number) };
    else if (number > limits.objects + 1) throw tooLarge(`more than ${limits.objects} objects`);
    else yield { object: parse(planObjectSchema, line, number) };
  }
  if (number === 0) throw new AppError("unprocessable", "The plan is empty: it has no header");
}

/** A whole plan in memory. */
export async function collectPlan(source: AsyncIterable<Uint8Array>): Promise<{ header: PlanHeader; objects: PlanObject[] }> {
  let header: PlanHeader | undefined;
  const objects: PlanObject[] = [];
  for await (const line of readPlan(source)) {
    if ("header" in line) header = line.header;
    else objects.push(line.object);
  }
  if (!header) throw new AppError("unprocessable", "The plan is empty: it has no header");
  return { header, objects };
}

/** The lines of a text that comes in pieces; empty ones are left out. @throws AppError `too_large` */
export async function* linesOf(source: AsyncIterable<Uint8Array>, limits: typeof planLimits): AsyncGenerator<string> {
  const decoder = new StringDecoder("utf8");
  let pending: string[] = [];
  let length = 0;
  let total = 0;
  for await (const chunk of source) {
    total += chunk.length;
    if (total > limits.bytes) throw tooLarge(`larger than ${limits.bytes} bytes`);
    const [first = "", ...rest] = decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)).split("\n");
    pending.push(first);
    length += first.length;
    if (length > limits.lineLength) throw tooLarge(`a line of more than ${limits.lineLength} characters`);
    for (const next of rest) {
      const line = pending.join("");
      if (line !== "") yield line;
      pending = [next];
      length = next.length;
    }
  }
  const last = pending.join("") + decoder.end();
  if (last !== "") yield last;
}

function parse<Schema extends z.ZodType>(schema: Schema, line: string, number: number): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new AppError("unprocessable", `Line ${number} of the plan is not JSON`, { line: number });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new AppError("unprocessable", `Line ${number} of the plan does not fit: ${issue?.path.join(".") || "it"}: ${issue?.message}`, {
    line: number,
  });
}

function tooLarge(what: string): AppError {
  return new AppError("too_large", `The plan has ${what}`);
}
