import { z } from "zod";
import { route } from "../route.ts";
import { none, timestamp } from "../shapes.ts";

export const overridesSchema = z.object({
  component: z.string(),
  version: z.number().int().describe("Counts the changes; 0 where none was ever made"),
  set: z.record(z.string(), z.string()).describe("Values of a chart by dotted key, or variables of a module by name"),
  sensitive: z.array(z.string()).describe("Keys that are set and look sensitive: their values are not shown"),
  hasDocument: z.boolean(),
  document: z
    .string()
    .optional()
    .describe(
      "A document of values, or a kustomize patch, without what looks sensitive; left out where it is no YAML before it is rendered",
    ),
  pending: z.boolean().describe("What stands was deployed with other overrides: a deploy of the component brings these"),
  changedBy: z.string().optional(),
  changedAt: timestamp.optional(),
});

const install = z.object({ installId: z.string().max(64) });
const component = install.extend({ component: z.string().max(200) });
const path = "/v1/installs/:installId/components/:component/overrides";

export const overridesContract = {
  "installs.overrides.list": route({
    method: "GET",
    path: "/v1/installs/:installId/overrides",
    tag: "installs",
    summary: "List what is set over the config of an install's components",
    params: install,
    query: none,
    body: none,
    response: z.object({ items: z.array(overridesSchema) }),
  }),
  "installs.overrides.get": route({
    method: "GET",
    path,
    tag: "installs",
    summary: "Get what is set over a component's config on an install",
    params: component,
    query: none,
    body: none,
    response: overridesSchema,
  }),
  "installs.overrides.update": route({
    method: "PATCH",
    path,
    tag: "installs",
    summary: "Set and unset what goes over a component's config on an install",
    description:
      "Applied last: after the config's values files and `values`, or its variables. Values are templates over the install's state. What is left out stays. Nothing is deployed unless `deploy` says so; the next `deploy` or `upgrade` brings it.",
    params: component,
    query: none,
    body: z.object({
      set: z.record(z.string().min(1).max(500), z.string().max(65_536)).default({}),
      unset: z.array(z.string().max(500)).max(1000).default([]),
      document: z
        .string()
        .max(524_288)
        .nullable()
        .optional()
        .describe("A YAML document of values, or a kustomize patch; null takes it away"),
      deploy: z.boolean().default(false).describe("Start the deploy of the component"),
      planOnly: z.boolean().default(false),
      approveAll: z.boolean().default(false),
    }),
    response: z.object({ overrides: overridesSchema, changed: z.boolean(), workflowId: z.string().optional() }),
  }),
  "installs.overrides.clear": route({
    method: "DELETE",
    path,
    tag: "installs",
    summary: "Take away all that is set over a component's config on an install",
    params: component,
    query: none,
    body: none,
    response: overridesSchema,
  }),
};
