import { z } from "zod";
import type { Stack } from "../config/platform.ts";
import { field, int, name, text, textMap } from "./field.ts";
import { defineKind } from "./kind.ts";

export const nestedStackField = z.looseObject({
  name: name("The nested stack's name; its outputs appear under it.", ["network_peering"]),
  template_url: text("Where the template is.", { examples: ["https://acme-templates.s3.amazonaws.com/peering.yaml"] }),
  index: int("The order among custom nested stacks; each index once.", { examples: [0] }),
  parameters: textMap("Parameters. Values may hold templates over inputs, the install's id, the app and the org.", {
    examples: [{ ClusterName: "{{ .nuon.install.inputs.cluster_name }}" }],
  }).optional(),
});

const templateUrl = (what: string) => text(`The template of the ${what}, to use instead of the default one. May hold templates.`);
export const nestedTemplateFields = {
  vpc_nested_template_url: templateUrl("network").optional(),
  runner_nested_template_url: templateUrl("runner").optional(),
  custom_nested_stacks: field(
    z.array(nestedStackField),
    "Further templates, applied after network and runner in order of `index`.",
  ).optional(),
};

const schema = z.looseObject({
  type: field(z.enum(["aws-cloudformation", "azure-bicep", "gcp-terraform"]), "The kind of template."),
  name: text("The stack's name. May hold templates.", { examples: ["acme-{{.nuon.install.id}}"] }),
  description: text("What the customer reads about it. May hold templates."),
  ...nestedTemplateFields,
  deployment_scope: field(z.enum(["subscription", "resourceGroup", "resource_group"]), "The scope of an Azure deployment.").optional(),
});

export const stack = defineKind({
  type: "stack",
  title: "Stack",
  description: "The template that a customer applies to create the runner and its roles.",
  location: "stack.toml",
  schema,
  example: `# stack
type        = "aws-cloudformation"
name        = "acme-{{.nuon.install.id}}"
description = "Runs Acme Analytics in your account"
`,
});

export function normaliseNestedStack(raw: z.output<typeof nestedStackField>) {
  return { name: raw.name, templateUrl: raw.template_url, index: raw.index, parameters: raw.parameters ?? {} };
}

export function normaliseStack(raw: z.output<typeof schema>, file: string): Stack {
  return {
    file,
    type: raw.type,
    name: raw.name,
    description: raw.description,
    vpcNestedTemplateUrl: raw.vpc_nested_template_url || undefined,
    runnerNestedTemplateUrl: raw.runner_nested_template_url || undefined,
    deploymentScope: raw.deployment_scope,
    customNestedStacks: (raw.custom_nested_stacks ?? []).map(normaliseNestedStack),
  };
}
