import { z } from "zod";
import { stringMap } from "./common.ts";

export const metadata = z.object({
  file: z.string(),
  version: z.enum(["v1", "v2"]),
  displayName: z.string().optional(),
  description: z.string().optional(),
  readme: z.string().optional(),
  slackWebhookUrl: z.string().optional(),
  defaultLabels: stringMap,
  labelColors: stringMap,
});

export const runner = z.object({
  file: z.string(),
  runnerType: z.string(),
  envVars: stringMap,
  helmDriver: z.string().optional(),
  initScriptUrl: z.string().optional(),
  instanceType: z.string().optional(),
});

export const nestedStack = z.object({
  name: z.string(),
  templateUrl: z.string(),
  index: z.number().int(),
  parameters: stringMap,
});

export const stack = z.object({
  file: z.string(),
  type: z.enum(["aws-cloudformation", "azure-bicep", "gcp-terraform"]),
  name: z.string(),
  description: z.string(),
  vpcNestedTemplateUrl: z.string().optional(),
  runnerNestedTemplateUrl: z.string().optional(),
  deploymentScope: z.string().optional(),
  customNestedStacks: z.array(nestedStack),
});
/** The template that a customer applies to create the runner and its roles. */
export type Stack = z.infer<typeof stack>;

export const policy = z.object({
  file: z.string(),
  name: z.string(),
  type: z.string(),
  engine: z.enum(["kyverno", "opa"]),
  /** Component names, or `["*"]`; empty where the type has no components. */
  components: z.array(z.string()),
  contents: z.string(),
});
export type Policy = z.infer<typeof policy>;

export const installer = z.object({
  file: z.string(),
  name: z.string().optional(),
  description: z.string().optional(),
  slug: z.string().optional(),
  apps: z.array(z.string()),
  documentationUrl: z.string().optional(),
  communityUrl: z.string().optional(),
  homepageUrl: z.string().optional(),
  githubUrl: z.string().optional(),
  logoUrl: z.string().optional(),
  faviconUrl: z.string().optional(),
  ogImageUrl: z.string().optional(),
  demoUrl: z.string().optional(),
  postInstallMarkdown: z.string().optional(),
  copyrightMarkdown: z.string().optional(),
  footerMarkdown: z.string().optional(),
});
