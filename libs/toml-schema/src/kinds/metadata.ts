import { z } from "zod";
import type { AppConfig } from "../app-config.ts";
import { field, text, textMap } from "./field.ts";
import { defineKind } from "./kind.ts";
import { contextEntry } from "./kubernetes-contexts.ts";

const schema = z.looseObject({
  version: field(z.enum(["v1", "v2"]), "The version of the config language."),
  display_name: text("The app's name for people.", { examples: ["Acme Analytics"] }).optional(),
  description: text("What the app is.").optional(),
  readme: text("Markdown, rendered for each install: inline, or where to read it. May hold templates.", {
    include: true,
    examples: ["./README.md"],
  }).optional(),
  slack_webhook_url: text("Where the vendor is notified.").optional(),
  default_labels: textMap("Labels of every new install. Values may hold templates.", {
    examples: [{ plan: "{{ .nuon.inputs.inputs.plan }}" }],
  }).optional(),
  label_colors: textMap("Colours of labels on the dashboard, by key.", { examples: [{ environment: "#3366ff" }] }).optional(),
  kubernetes_contexts: field(z.array(contextEntry), "Kubernetes contexts; usually in `kubernetes_contexts.toml`.").optional(),
});

export const metadata = defineKind({
  type: "metadata",
  title: "Metadata",
  description: "What the app is called and what it is.",
  location: "metadata.toml",
  schema,
  example: `# metadata
version      = "v2"
display_name = "Acme Analytics"
description  = "Dashboards over the customer's own data"
readme       = "./README.md"
`,
});

export function normaliseMetadata(raw: z.output<typeof schema>, file: string): AppConfig["metadata"] {
  return {
    file,
    version: raw.version,
    displayName: raw.display_name,
    description: raw.description,
    readme: raw.readme,
    slackWebhookUrl: raw.slack_webhook_url,
    defaultLabels: raw.default_labels ?? {},
    labelColors: raw.label_colors ?? {},
  };
}
