import { z } from "zod";
import { route } from "../route.ts";
import { none, pageOf, pageQuery, timestamp } from "../shapes.ts";
import { planNumbersSchema } from "./workflows.ts";

export const driftSchema = z.object({
  id: z.string(),
  installId: z.string(),
  target: z.string(),
  state: z.enum(["open", "cleared"]),
  kind: z.enum(["resources", "outputs"]).describe("`outputs`: nothing in the account is otherwise, only values derived from it"),
  planId: z.string().optional().describe("The plan of the last check: what is different"),
  plan: planNumbersSchema.optional(),
  workflowId: z.string().optional().describe("The last check"),
  remediationId: z.string().optional().describe("The workflow that puts it back, where the install's settings start one"),
  remediationProblem: z.string().optional().describe("Why no such workflow could be started"),
  detectedAt: timestamp,
  checkedAt: timestamp,
  clearedAt: timestamp.optional(),
  clearedBy: z.string().optional(),
});

export const driftScheduleSchema = z.object({
  target: z.string(),
  cron: z.string().describe("As the config has it, rendered; UTC"),
  nextAt: timestamp.optional().describe("Absent where it never comes"),
  held: z.string().optional().describe("Why the check that was due last has not begun, or was let go"),
  lastCheckId: z.string().optional().describe("The last check that this schedule has started"),
});

export const driftContract = {
  "drift.list": route({
    method: "GET",
    path: "/v1/drift",
    tag: "drift",
    summary: "List what stands otherwise than it was deployed, newest first",
    description: "A check is the operation `drift_check`. A record is cleared by the first check or deploy that finds no difference.",
    params: none,
    query: pageQuery.extend({ installId: z.string().optional(), state: z.enum(["open", "cleared", "all"]).default("open") }),
    body: none,
    response: pageOf(driftSchema),
  }),
  "drift.schedules.list": route({
    method: "GET",
    path: "/v1/installs/:installId/drift-schedules",
    tag: "drift",
    summary: "List when the drift of an install's targets is looked for",
    description: "The schedules are `drift_schedule` in the config that the install is pinned to.",
    params: z.object({ installId: z.string() }),
    query: pageQuery,
    body: none,
    response: pageOf(driftScheduleSchema),
  }),
};
