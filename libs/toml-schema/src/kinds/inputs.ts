import { z } from "zod";
import { inputTypes, type InputDefinition, type InputGroup } from "../config/inputs.ts";
import { bool, field, name, text } from "./field.ts";
import { defineKind } from "./kind.ts";
import { legacySource } from "./shared.ts";

const groupSchema = z.looseObject({
  name: name("What inputs name in `group`.", ["network"]),
  display_name: text("The group's name for people.", { examples: ["Network"] }).optional(),
  description: text("What the group is about."),
});

export const inputType = field(z.enum(inputTypes), "How a value must be written. Default `string`.");
export const inputDefault = field(
  z.union([z.string(), z.number(), z.boolean(), z.array(z.unknown()), z.record(z.string(), z.unknown())]),
  "The value where none is given; text, or a TOML value of the input's type.",
  { examples: ["10.0.0.0/16", "3"] },
);

const inputSchema = z.looseObject({
  name: name("The name in templates: `{{ .nuon.inputs.inputs.<name> }}`.", ["domain"]),
  display_name: text("The input's name for people.", { examples: ["Domain"] }),
  description: text("What to give.", { examples: ["The domain that the app is reached under"] }),
  group: text("The name of a group.", { examples: ["network"] }),
  type: inputType.optional(),
  default: inputDefault.optional(),
  required: bool("Whether an install must give a value. Default false.").optional(),
  sensitive: bool("Whether the value is hidden in the API and in logs. Default false.").optional(),
  internal: bool("Was: hidden from customers.", {
    deprecated: "it has no effect; an input is the vendor's unless `user_configurable`",
  }).optional(),
  user_configurable: bool("Whether the customer gives it (in the stack) rather than the vendor. Default false.").optional(),
});

export const inputGroup = defineKind({
  type: "input-group",
  title: "Input group",
  description: "A group of inputs.",
  location: "input_groups/**/*.toml",
  schema: groupSchema,
  example: `# input-group
name         = "network"
display_name = "Network"
description  = "How the app is reached"
`,
});

export const input = defineKind({
  type: "input",
  title: "Input",
  description: "A value that an install provides.",
  location: "inputs/**/*.toml",
  schema: inputSchema,
  example: `# input
name         = "domain"
display_name = "Domain"
description  = "The domain that the app is reached under"
group        = "network"
required     = true
`,
});

export const inputs = defineKind({
  type: "inputs",
  title: "Inputs",
  description: "The values that an install provides, in groups.",
  location: "inputs.toml",
  schema: z.looseObject({
    group: field(z.array(groupSchema), "Groups of inputs.").optional(),
    input: field(z.array(inputSchema), "The inputs.").optional(),
    source: legacySource,
    sources: field(z.array(z.string()), "Were addresses of further inputs.", { deprecated: "it has no effect; remove it" }).optional(),
  }),
  example: `# inputs
[[group]]
name         = "network"
display_name = "Network"
description  = "How the app is reached"

[[input]]
name         = "domain"
display_name = "Domain"
description  = "The domain that the app is reached under"
group        = "network"
default      = "app.example.com"
`,
});

export function normaliseInputGroup(raw: z.output<typeof groupSchema>, file: string): InputGroup {
  return { file, name: raw.name, displayName: raw.display_name, description: raw.description };
}

export function normaliseInput(raw: z.output<typeof inputSchema>, file: string): InputDefinition {
  return {
    file,
    name: raw.name,
    displayName: raw.display_name,
    description: raw.description,
    group: raw.group,
    type: raw.type ?? "string",
    default: defaultText(raw.default),
    required: raw.required ?? false,
    sensitive: raw.sensitive ?? false,
    internal: raw.internal ?? false,
    userConfigurable: raw.user_configurable ?? false,
  };
}

/** An input's default as text: what an install would have typed. */
export function defaultText(value: unknown): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  return JSON.stringify(value);
}
