import { z } from "zod";
import { route } from "../route.ts";
import { none, waitingSchema } from "../shapes.ts";

const subject = z.object({
  id: z.string(),
  kind: z.enum(["install", "workflow", "step", "job", "approval", "build", "runner"]),
  name: z.string().optional().describe("A step's key, an install's name"),
  state: z.string(),
  waiting: waitingSchema.optional().describe("Absent where it runs or has ended"),
});

export const explainContract = {
  "explain.get": route({
    method: "GET",
    path: "/v1/explain/:id",
    tag: "explain",
    summary: "Tell why anything does not run, since when, what it waits for and what would make it go on",
    description:
      "Takes the id of an install, workflow, step, job, approval, build or runner. An install tells its open workflows, a workflow its waiting steps.",
    customer: true,
    params: z.object({ id: z.string().max(64) }),
    query: none,
    body: none,
    response: subject.extend({ parts: z.array(subject.extend({ parts: z.array(subject) })) }),
  }),
};
