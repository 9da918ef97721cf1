import { z } from "zod";
import { route } from "../route.ts";
import { none, timestamp } from "../shapes.ts";

/** How something is, by what checks it. */
export const verdictSchema = z.enum(["healthy", "degraded", "unhealthy", "unknown"]);

/** How a component is, since when, and when it was last looked at. */
export const componentHealthSchema = z.object({
  component: z.string(),
  verdict: verdictSchema,
  since: timestamp.optional(),
  why: z.string(),
  seenAt: timestamp.optional(),
  measuredOffline: z.literal(true).optional().describe("The last look was made by a runner without a link, and delivered later"),
});

const component = z.object({ installId: z.string(), component: z.string().max(200) });

export const healthContract = {
  "health.components": route({
    method: "GET",
    path: "/v1/installs/:installId/components/health",
    tag: "health",
    summary: "Get how the components of an install are, by what checks them",
    customer: true,
    params: z.object({ installId: z.string() }),
    query: none,
    body: none,
    response: z.object({
      items: z.array(componentHealthSchema),
    }),
  }),
  "health.history": route({
    method: "GET",
    path: "/v1/installs/:installId/components/:component/health",
    tag: "health",
    summary: "Get how a component was: seconds by verdict, uptime, and its changes, newest first",
    customer: true,
    params: component,
    query: z.object({ days: z.coerce.number().int().min(1).max(90).default(30) }),
    body: none,
    response: z.object({
      days: z.number().int(),
      seconds: z.record(verdictSchema, z.number()),
      uptime: z.number().optional().describe("Share of the time in which something is known that it was not unhealthy"),
      changes: z.array(
        z.object({
          verdict: verdictSchema,
          from: timestamp,
          to: timestamp,
          measuredOffline: z.literal(true).optional().describe("Some of it, or all, was measured by a runner without a link"),
        }),
      ),
    }),
  }),
  "health.report": route({
    method: "PUT",
    path: "/v1/installs/:installId/components/:component/health/checks/:name",
    tag: "health",
    summary: "Report what a check of your own says of a component",
    description: "The worst of all checks that still count is what the component looks like: yours can only make it worse.",
    params: component.extend({ name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$/) }),
    query: none,
    body: z.object({
      status: z.enum(["healthy", "degraded", "unhealthy"]),
      message: z.string().max(1000).default(""),
      staleAfterSeconds: z.number().int().min(10).max(3600).default(300).describe("How long it counts"),
    }),
    response: none,
    status: 204,
  }),
};
