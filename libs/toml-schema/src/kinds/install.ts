import { z } from "zod";
import type { Install } from "../config/delivery.ts";
import { healthField, normaliseHealth } from "./component-common.ts";
import { bool, choice, field, name, text, textMap } from "./field.ts";
import { defineKind } from "./kind.ts";
import { labels } from "./shared.ts";
import { nestedTemplateFields, normaliseNestedStack } from "./stack.ts";

const override = z.looseObject({
  helm_values: text("Helm values in YAML that win over the app's: inline, or where to read them.", { include: true }).optional(),
  tf_vars: text("Terraform variables that win over the app's: inline, or where to read them.", { include: true }).optional(),
  pulumi_config: textMap("Pulumi configuration that wins over the app's.").optional(),
  health: healthField.optional(),
});

const schema = z.looseObject({
  name: name("The install's name; an install with this name is changed, else made.", ["acme-production"]),
  approval_option: choice(["approve-all", "prompt"], "Whether plans are approved by themselves. Default `prompt`.", {
    legacyValues: { auto: "approve-all" },
  }).optional(),
  labels: labels.optional(),
  aws_account: field(
    z.looseObject({
      region: text("The region.", { examples: ["us-west-2"] }),
      account_id: text("The account, to refuse any other.", { examples: ["123456789012"] }).optional(),
    }),
    "Where it runs on AWS.",
  ).optional(),
  gcp_account: field(
    z.looseObject({ project_id: text("The project.").optional(), region: text("The region.", { examples: ["us-central1"] }).optional() }),
    "Where it runs on Google Cloud.",
  ).optional(),
  azure_account: field(
    z.looseObject({
      location: text("The location.", { examples: ["eastus"] }),
      subscription_id: text("The subscription, to refuse any other.").optional(),
    }),
    "Where it runs on Azure.",
  ).optional(),
  inputs: field(z.array(z.record(z.string(), z.string())), "Input values, in groups as you like; a later one wins.", {
    examples: [[{ domain: "app.example.com" }]],
  }).optional(),
  stack_overrides: field(
    z.looseObject(nestedTemplateFields),
    "Templates for this install's stack. A custom stack of the same name replaces the app's.",
  ).optional(),
  component_toggles: field(z.record(z.string(), z.boolean()), "Which toggleable components are on.", {
    examples: [{ search: true }],
  }).optional(),
  components: field(z.record(z.string(), override), "What differs for single components, by name.").optional(),
  telemetry: field(z.looseObject({ enabled: bool("Whether it is collected.") }), "Telemetry of the install.").optional(),
});

export const install = defineKind({
  type: "install",
  title: "Install",
  description: "One install, described in the vendor's repository.",
  location: "installs/**/*.toml",
  schema,
  rules: (raw, report) => {
    const clouds = ["aws_account", "gcp_account", "azure_account"].filter((key) => raw[key] !== undefined);
    if (clouds.length > 1)
      report([clouds[1] ?? ""], {
        code: "exclusive_keys",
        message: `An install runs in one cloud; this one has ${clouds.map((key) => `\`${key}\``).join(" and ")}`,
      });
  },
  example: `# install
name            = "acme-production"
approval_option = "prompt"

[aws_account]
region = "us-west-2"

[[inputs]]
domain = "analytics.acme.example"
`,
});

export function normaliseInstall(raw: z.output<typeof schema>, file: string): Install {
  const { aws_account: aws, gcp_account: gcp, azure_account: azure, stack_overrides: overrides } = raw;
  const approval = raw.approval_option === "auto" ? "approve-all" : raw.approval_option;
  return {
    file,
    name: raw.name,
    approvalOption: approval === "approve-all" || approval === "prompt" ? approval : undefined,
    labels: raw.labels ?? {},
    awsAccount: aws ? { region: aws.region, accountId: aws.account_id } : undefined,
    gcpAccount: gcp ? { projectId: gcp.project_id, region: gcp.region } : undefined,
    azureAccount: azure ? { location: azure.location, subscriptionId: azure.subscription_id } : undefined,
    inputs: Object.assign({}, ...(raw.inputs ?? [])),
    stackOverrides: overrides
      ? {
          vpcNestedTemplateUrl: overrides.vpc_nested_template_url,
          runnerNestedTemplateUrl: overrides.runner_nested_template_url,
          customNestedStacks: (overrides.custom_nested_stacks ?? []).map(normaliseNestedStack),
        }
      : undefined,
    componentToggles: raw.component_toggles ?? {},
    components: Object.fromEntries(
      Object.entries(raw.components ?? {}).map(([component, one]) => [
        component,
        {
          helmValues: one.helm_values,
          tfVars: one.tf_vars,
          pulumiConfig: one.pulumi_config,
          health: one.health ? normaliseHealth(one.health) : undefined,
        },
      ]),
    ),
    telemetry: raw.telemetry ? { enabled: raw.telemetry.enabled } : undefined,
  };
}
