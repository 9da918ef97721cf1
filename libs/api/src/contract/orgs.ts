import { z } from "zod";
import { route } from "../route.ts";
import { none, timestamp } from "../shapes.ts";

export const orgSchema = z.object({ id: z.string(), name: z.string(), createdAt: timestamp });

export const orgsContract = {
  "orgs.current": route({
    method: "GET",
    path: "/v1/orgs/current",
    tag: "orgs",
    summary: "The organisation that the token belongs to",
    params: none,
    query: none,
    body: none,
    response: z.object({ org: orgSchema, token: z.object({ id: z.string(), name: z.string() }) }),
  }),
};
