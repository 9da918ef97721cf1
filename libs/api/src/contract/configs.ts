import { z } from "zod";
import { route } from "../route.ts";
import { none, pageOf, pageQuery, timestamp } from "../shapes.ts";
import { buildSchema, sourceSchema } from "./builds.ts";

const app = z.object({ appId: z.string().max(100).describe("The app's id or name") });
const appVersion = app.extend({ version: z.string().max(100).describe("A version number, a config's id, or `latest`") });
const configDocument = z.record(z.string(), z.unknown());

export const configSummarySchema = z.object({
  id: z.string(),
  appId: z.string(),
  version: z.number().int(),
  checksum: z.string(),
  createdBy: z.string(),
  createdAt: timestamp,
});

export const syncedTargetSchema = z.object({
  target: z.string().describe("`sandbox`, `component:<name>` or `action:<name>/<step>`"),
  action: z.enum(["build", "reuse", "none"]).describe("`none`: nothing is built of it; `deployable` tells the rest"),
  why: z.string().describe("In words: `source changed 1a2b3c4 → 5d6e7f8`, `unchanged`"),
  buildId: z.string().optional().describe("Absent for a build that a dry run would make, and for `none`"),
  checksum: z.string(),
  source: sourceSchema.optional().describe("Absent for `none`, and where it takes nothing from git"),
  deployable: z
    .boolean()
    .optional()
    .describe("Of `none`: true where it is deployed as the config has it, false where its type can't be deployed yet"),
});

export const syncResultSchema = z.object({
  id: z.string().optional().describe("The config version; absent where a dry run would make one"),
  version: z.number().int(),
  changed: z.boolean().describe("A new version was (or would be) made"),
  dryRun: z.boolean(),
  changes: z.array(z.string()).describe("One sentence per difference to the version before"),
  targets: z.array(syncedTargetSchema),
  summary: z.string(),
});

/** One problem of a config, as in the `diagnostics` of an `invalid_config` problem's `meta`. */
export const diagnosticSchema = z.object({
  severity: z.enum(["error", "warning"]),
  code: z.string(),
  message: z.string(),
  file: z.string(),
  line: z.number().int(),
  column: z.number().int(),
  endLine: z.number().int().optional(),
  endColumn: z.number().int().optional(),
  fix: z.string().optional(),
});

export const configsContract = {
  "configs.schema": route({
    method: "GET",
    path: "/v1/general/config-schema",
    tag: "configs",
    summary: "The JSON Schema of a kind of TOML file, for editors",
    description:
      "For the first line of a TOML file: `#:schema <address>/v1/general/config-schema?type=helm`. A type that does not exist is `not_found`, with all `types` in its meta.",
    params: none,
    query: z.object({
      type: z.string().max(100).optional().describe("`sandbox`, `terraform`, `helm`, `action` …; `full` for all of an app in one value"),
      source: z.string().max(100).optional().describe("Deprecated: write `type`"),
    }),
    body: none,
    response: configDocument.describe("JSON Schema, draft 7"),
    contentType: "application/schema+json",
    anonymous: true,
  }),
  "configs.sync": route({
    method: "POST",
    path: "/v1/apps/:appId/configs",
    tag: "configs",
    summary: "Sync an app's config: store a new version and build what has changed",
    description:
      "Checks the whole config again, looks up the commit and the directory's tree hash of every source, and compares with the version before. " +
      "What has not changed keeps its build. Nothing is stored where anything is wrong (`invalid_config`, with `diagnostics`), with `dryRun`, or where nothing has changed.",
    params: app,
    query: none,
    body: z.object({
      config: configDocument.describe("The resolved config, as `berth apps sync` makes it from the TOML files"),
      dryRun: z.boolean().default(false),
    }),
    response: syncResultSchema,
  }),
  "configs.list": route({
    method: "GET",
    path: "/v1/apps/:appId/configs",
    tag: "configs",
    summary: "List the versions of an app's config, newest first",
    params: app,
    query: pageQuery,
    body: none,
    response: pageOf(configSummarySchema),
  }),
  "configs.get": route({
    method: "GET",
    path: "/v1/apps/:appId/configs/:version",
    tag: "configs",
    summary: "Get a config version with its sources and builds",
    params: appVersion,
    query: none,
    body: none,
    response: configSummarySchema.extend({
      config: configDocument,
      targets: z.array(
        z.object({ target: z.string(), checksum: z.string(), source: sourceSchema.optional(), build: buildSchema.optional() }),
      ),
    }),
  }),
  "configs.diff": route({
    method: "GET",
    path: "/v1/apps/:appId/configs/:version/diff",
    tag: "configs",
    summary: "Compare a config version with another",
    params: appVersion,
    query: z.object({ from: z.string().max(100).optional().describe("What to compare with; the version before it when left out") }),
    body: none,
    response: z.object({
      from: z.number().int().optional().describe("Absent where there is no version before"),
      to: z.number().int(),
      empty: z.boolean(),
      changes: z.array(z.string()),
      diff: z.record(z.string(), z.unknown()).describe("Per kind: `added`, `changed` with keys, `removed`; or changed keys"),
    }),
  }),
};
