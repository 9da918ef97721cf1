import { z } from "zod";
import { route } from "../route.ts";
import { none } from "../shapes.ts";
import { buildSchema } from "./builds.ts";

export const componentSchema = z.object({
  id: z.string(),
  name: z.string(),
  type: z.string().describe("`terraform_module` and others of the config language"),
  dependencies: z.array(z.string()).describe("Names of the components it needs"),
  removed: z.boolean().describe("Not in the latest config any more; installs may still run it"),
  overriddenOn: z.number().int().describe("How many installs set something over its config"),
  build: buildSchema.optional().describe("The build that the latest config uses"),
  latestBuild: buildSchema.optional().describe("The newest build, whatever became of it"),
});

export const componentsContract = {
  "components.list": route({
    method: "GET",
    path: "/v1/apps/:appId/components",
    tag: "apps",
    summary: "List an app's components, in the order they deploy, with their builds",
    params: z.object({ appId: z.string().max(100).describe("The app's id or name") }),
    query: none,
    body: none,
    response: z.object({ items: z.array(componentSchema) }),
  }),
};
