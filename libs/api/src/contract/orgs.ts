import { z } from "zod";
import { route } from "../route.ts";
import { approvalExpiresSchema } from "./install-settings.ts";
import { none, timestamp } from "../shapes.ts";

export const orgSchema = z.object({ id: z.string(), name: z.string(), createdAt: timestamp });

export const orgSettingsSchema = z.object({
  approvalExpiresSeconds: approvalExpiresSchema
    .optional()
    .describe("How long a plan can be decided on where an install says nothing else; 30 days where left out"),
});

export const orgsContract = {
  "orgs.current": route({
    method: "GET",
    path: "/v1/orgs/current",
    tag: "orgs",
    customer: true,
    summary: "The organisation that the token belongs to",
    params: none,
    query: none,
    body: none,
    response: z.object({ org: orgSchema, token: z.object({ id: z.string(), name: z.string() }) }),
  }),
  "orgs.settings.get": route({
    method: "GET",
    path: "/v1/orgs/current/settings",
    tag: "orgs",
    summary: "Get what holds for installs that say nothing else",
    params: none,
    query: none,
    body: none,
    response: orgSettingsSchema,
  }),
  "orgs.settings.update": route({
    method: "PATCH",
    path: "/v1/orgs/current/settings",
    tag: "orgs",
    summary: "Change what holds for installs that say nothing else; what is left out stays, null goes back to the default",
    params: none,
    query: none,
    body: z.object({ approvalExpiresSeconds: approvalExpiresSchema.nullable().optional() }),
    response: orgSettingsSchema,
  }),
};
