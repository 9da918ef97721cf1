import { z } from "zod";

/** Stands for "this route has no params / query / body / response". */
export const none = z.object({}).strip();

/** Cursor pagination: pass `next` of one page as `cursor` of the following one. */
export const pageQuery = z.object({ cursor: z.string().max(512).optional(), limit: z.coerce.number().int().min(1).max(200).default(50) });

/** A page of items. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next: z.string().optional().describe("Cursor of the next page; absent on the last one") });
}

export const timestamp = z.iso.datetime().describe("RFC 3339, UTC");

/** RFC 9457 problem details, the body of every error. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.string().describe("Stable code of the error table"),
  detail: z.string(),
  instance: z.string().optional(),
  requestId: z.string(),
  meta: z.record(z.string(), z.unknown()).optional(),
});

/** Why something waits, and what would make it go on. */
export const waitingSchema = z.object({
  reason: z.string(),
  since: timestamp,
  waitsFor: z.string(),
  next: z.string(),
  deadline: timestamp.optional(),
});

export const failureSchema = z.object({
  reason: z.string(),
  detail: z.string(),
  exitCode: z.number().optional(),
  signal: z.string().optional(),
});
