import { z } from "zod";
import { route } from "../route.ts";
import { none } from "../shapes.ts";

const check = z.object({ ok: z.boolean(), detail: z.string().optional() });

export const systemContract = {
  "system.healthz": route({
    method: "GET",
    path: "/healthz",
    tag: "system",
    summary: "The process runs",
    params: none,
    query: none,
    body: none,
    response: z.object({ ok: z.literal(true), version: z.string() }),
    anonymous: true,
  }),
  "system.readyz": route({
    method: "GET",
    path: "/readyz",
    tag: "system",
    summary: "The process can do its work: database, schema and queue are there",
    description: "Answers 503 with the same body where a check fails.",
    params: none,
    query: none,
    body: none,
    response: z.object({ ok: z.boolean(), checks: z.record(z.string(), check) }),
    anonymous: true,
  }),
};
