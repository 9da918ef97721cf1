import { z } from "zod";
import { route } from "../route.ts";
import { none, pageOf, pageQuery, timestamp } from "../shapes.ts";

export const eventSchema = z.object({
  id: z.number().int(),
  subjectKind: z.string(),
  subjectId: z.string(),
  event: z.string().describe("What happened, past tense"),
  installId: z.string().optional(),
  workflowId: z.string().optional(),
  data: z.record(z.string(), z.unknown()),
  actor: z.string(),
  at: timestamp,
});

export const eventsContract = {
  "events.list": route({
    method: "GET",
    path: "/v1/events",
    tag: "events",
    summary: "List events, newest first: the audit trail",
    params: none,
    query: pageQuery.extend({ installId: z.string().optional(), workflowId: z.string().optional() }),
    body: none,
    response: pageOf(eventSchema),
  }),
  "workflows.events": route({
    method: "GET",
    path: "/v1/workflows/:workflowId/events",
    tag: "workflows",
    summary: "Follow a workflow: its past events, then each new one until it has ended",
    description: "Resumes after the event named by the `Last-Event-ID` header.",
    params: z.object({ workflowId: z.string() }),
    query: none,
    body: none,
    response: eventSchema,
    sse: true,
  }),
  "installs.events": route({
    method: "GET",
    path: "/v1/installs/:installId/events",
    tag: "installs",
    summary: "Follow an install: its past events, then each new one",
    description: "Resumes after the event named by the `Last-Event-ID` header.",
    params: z.object({ installId: z.string() }),
    query: none,
    body: none,
    response: eventSchema,
    sse: true,
  }),
};
