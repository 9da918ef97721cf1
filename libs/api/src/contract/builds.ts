import { z } from "zod";
import { route } from "../route.ts";
import { failureSchema, none, pageOf, pageQuery, timestamp } from "../shapes.ts";

/** Where a source tree was found. */
export const sourceSchema = z.object({
  repo: z.string(),
  directory: z.string(),
  ref: z.string().describe("Branch, tag or commit as the config names it"),
  commit: z.string(),
  tree: z.string().describe("git's hash of the directory: equal trees have equal files"),
});

export const buildSchema = z.object({
  id: z.string(),
  appId: z.string(),
  appConfigId: z.string().describe("The config version it was made for; others may use it too"),
  target: z.string().describe("`sandbox`, `component:<name>` or `action:<name>/<step>`"),
  checksum: z.string().describe("Of config, included files and source tree: equal checksums share a build"),
  state: z.enum(["queued", "running", "succeeded", "failed", "cancelled"]),
  why: z.string().describe("Why it was made, in words"),
  forced: z.boolean(),
  source: sourceSchema.optional().describe("Absent where it takes nothing from git"),
  attempt: z.number().int(),
  failure: failureSchema.optional(),
  cancelRequested: z.boolean(),
  artifact: z
    .object({ id: z.string(), repository: z.string(), digest: z.string(), mediaType: z.string(), size: z.number() })
    .optional()
    .describe("What it made; `size` is that of the manifest in bytes"),
  facts: z.record(z.string(), z.unknown()).optional().describe("What it found out about it, by name: a chart's `version`, an image's tag"),
  logStreamId: z.string(),
  createdAt: timestamp,
  startedAt: timestamp.optional(),
  finishedAt: timestamp.optional(),
});

const build = z.object({ buildId: z.string().max(100) });

export const buildsContract = {
  "builds.list": route({
    method: "GET",
    path: "/v1/builds",
    tag: "builds",
    summary: "List builds, newest first",
    params: none,
    query: pageQuery.extend({
      appId: z.string().max(100).optional().describe("The app's id or name"),
      target: z.string().max(300).optional(),
      state: z.enum(["queued", "running", "succeeded", "failed", "cancelled"]).optional(),
    }),
    body: none,
    response: pageOf(buildSchema),
  }),
  "builds.get": route({
    method: "GET",
    path: "/v1/builds/:buildId",
    tag: "builds",
    summary: "Get a build",
    params: build,
    query: none,
    body: none,
    response: buildSchema,
  }),
  "builds.create": route({
    method: "POST",
    path: "/v1/apps/:appId/builds",
    tag: "builds",
    summary: "Build a target of the latest config although nothing has changed",
    description:
      "With `source: pinned` the commit of the latest config is built again; the config goes over to the new build once it has succeeded. " +
      "With `source: latest` the branch is looked up again; where its files have changed, a new config version with the new commit is made. " +
      "What is not from git is looked up anew either way: the newest chart of a repository, the image that a tag stands for.",
    params: z.object({ appId: z.string().max(100).describe("The app's id or name") }),
    query: none,
    body: z.object({
      target: z.string().max(300).describe("`sandbox`, `component:<name>` or `action:<name>/<step>`; a plain component name will do"),
      source: z.enum(["pinned", "latest"]).default("pinned"),
    }),
    response: buildSchema,
    status: 201,
  }),
  "builds.cancel": route({
    method: "POST",
    path: "/v1/builds/:buildId/cancel",
    tag: "builds",
    summary: "Cancel a build",
    description: "A waiting build ends at once; a running one is stopped and ends shortly after.",
    params: build,
    query: none,
    body: none,
    response: buildSchema,
  }),
  "builds.retry": route({
    method: "POST",
    path: "/v1/builds/:buildId/retry",
    tag: "builds",
    summary: "Build what has failed or was cancelled again",
    description: "Makes a new build of the same source; config versions that use the old one go over to it.",
    params: build,
    query: none,
    body: none,
    response: buildSchema,
    status: 201,
  }),
};
