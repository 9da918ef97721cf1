import { z } from "zod";
import { route } from "../route.ts";
import { none } from "../shapes.ts";

const stream = z.object({ streamId: z.string().max(64) });
const offset = z.coerce.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);

/** Data of a `log` event. The event's id is the offset to resume from. */
export const logEventSchema = z.object({
  offset: z.number().int().describe("Offset of the text's first byte in the stream"),
  text: z.string().describe("Whole characters; bytes that are no UTF-8 are replaced by U+FFFD"),
});

/** Data of the `end` event, the last one. */
export const logEndSchema = z.object({
  offset: z.number().int().describe("Length of the stream"),
  cappedAt: z.number().int().optional().describe("There was more: only this many bytes were kept"),
  continuedIn: z.string().optional().describe("The job was started again; its next attempt writes to this stream"),
});

export const logsContract = {
  "logs.read": route({
    method: "GET",
    path: "/v1/log-streams/:streamId/logs",
    tag: "logs",
    customer: true,
    summary: "Read a part of a log from a byte offset",
    params: stream,
    query: z.object({
      offset: offset.default(0),
      limit: z.coerce
        .number()
        .int()
        .min(1)
        .max(4 * 1024 * 1024)
        .default(1024 * 1024)
        .describe("Most bytes of the answer, about"),
    }),
    body: none,
    response: z.object({
      offset: z.number().int(),
      text: z.string(),
      next: z.number().int().describe("Offset of the next part"),
      ended: z.boolean().describe("The stream is complete and this part reaches its end"),
      cappedAt: z.number().int().optional(),
    }),
  }),
  "logs.tail": route({
    method: "GET",
    path: "/v1/log-streams/:streamId/tail",
    tag: "logs",
    customer: true,
    summary: "Follow a log until it ends",
    description: "`log` events carry text, one `end` event ends the stream. `Last-Event-ID` is a byte offset and wins over `offset`.",
    params: stream,
    query: z.object({ offset: offset.default(0) }),
    body: none,
    response: z.union([logEventSchema, logEndSchema]),
    sse: true,
  }),
};
