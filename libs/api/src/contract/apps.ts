import { z } from "zod";
import { route } from "../route.ts";
import { none, pageOf, pageQuery, timestamp } from "../shapes.ts";

export const appSchema = z.object({
  id: z.string(),
  name: z.string(),
  displayName: z.string().optional(),
  createdAt: timestamp,
  latestConfig: z
    .object({ id: z.string(), version: z.number().int(), createdAt: timestamp })
    .optional()
    .describe("The config version that was synced last"),
});

const app = z.object({ appId: z.string().max(100).describe("The app's id or name") });

export const appsContract = {
  "apps.create": route({
    method: "POST",
    path: "/v1/apps",
    tag: "apps",
    summary: "Create an app",
    params: none,
    query: none,
    body: z.object({
      name: z
        .string()
        .max(63)
        .regex(
          /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
          "must be lower-case letters, digits and dashes, beginning and ending with a letter or digit",
        )
        .describe("Unique in the organisation; usually the name of the app's directory"),
      displayName: z.string().min(1).max(200).optional(),
    }),
    response: appSchema,
    status: 201,
  }),
  "apps.list": route({
    method: "GET",
    path: "/v1/apps",
    tag: "apps",
    summary: "List apps, newest first",
    params: none,
    query: pageQuery,
    body: none,
    response: pageOf(appSchema),
  }),
  "apps.get": route({
    method: "GET",
    path: "/v1/apps/:appId",
    tag: "apps",
    summary: "Get an app by id or name",
    params: app,
    query: none,
    body: none,
    response: appSchema,
  }),
  "apps.actions": route({
    method: "GET",
    path: "/v1/apps/:appId/actions",
    tag: "apps",
    summary: "List the actions of an app's latest config",
    params: app,
    query: none,
    body: none,
    response: z.object({
      items: z.array(
        z.object({
          id: z.string(),
          name: z.string(),
          triggers: z.array(z.object({ type: z.string(), cron: z.string().optional(), component: z.string().optional() })),
          steps: z.array(z.string()).describe("Names of its steps, in order"),
          timeoutSeconds: z.number(),
        }),
      ),
    }),
  }),
};
