import { z } from "zod";
import { route } from "../route.ts";
import { none } from "../shapes.ts";
import { readmeSchema } from "./installs.ts";

export const runbookSchema = z.object({
  name: z.string(),
  description: z.string().optional(),
  inputs: z.array(
    z.object({
      name: z.string(),
      description: z.string().optional(),
      type: z.string(),
      required: z.boolean(),
      sensitive: z.boolean(),
      default: z.string().optional(),
    }),
  ),
  steps: z.array(z.object({ name: z.string(), type: z.string(), does: z.string().describe("In words: `deploy api, with dependents`") })),
});

export const runbooksContract = {
  "runbooks.readme": route({
    method: "GET",
    path: "/v1/installs/:installId/runbooks/:runbook/readme",
    tag: "runbooks",
    summary: "Get a runbook's README, rendered for an install with the defaults of its inputs",
    params: z.object({ installId: z.string(), runbook: z.string().max(200) }),
    query: none,
    body: none,
    response: readmeSchema,
  }),
  "runbooks.list": route({
    method: "GET",
    path: "/v1/installs/:installId/runbooks",
    tag: "runbooks",
    summary: "List the runbooks of the app config that an install runs",
    description: "A run of one is the operation `runbook_run`.",
    params: z.object({ installId: z.string() }),
    query: none,
    body: none,
    response: z.object({ items: z.array(runbookSchema) }),
  }),
};
