import { z } from "zod";
import type { JobComponent } from "../config/components.ts";
import { componentFields, normaliseCommon } from "./component-common.ts";
import { field, text, textList } from "./field.ts";
import { defineKind } from "./kind.ts";
import { envVars, imagePullSecret, legacyEnvVar, mergePairs } from "./shared.ts";

const schema = z.looseObject({
  type: field(z.literal("job"), "A Kubernetes job that runs once per deploy.", { deprecated: "use an action with an `image`" }),
  ...componentFields,
  image_url: text("The image without its tag. May hold templates.", { examples: ["alpine"] }),
  tag: text("The tag. May hold templates.", { examples: ["3.20"] }),
  cmd: textList("The program, instead of the image's.").optional(),
  args: textList("Its arguments.").optional(),
  env_vars: envVars.optional(),
  env_var: legacyEnvVar,
  image_pull_secret: imagePullSecret,
});

export const job = defineKind({
  type: "job",
  title: "Job component",
  description: "A component that runs a container to its end. Kept for old apps.",
  location: "components/**/*.toml",
  schema,
  example: `# job
name      = "migrate"
type      = "job"
image_url = "ghcr.io/acme/migrate"
tag       = "1.4.0"
args      = ["up"]
`,
});

export function normaliseJob(raw: z.output<typeof schema>, file: string): JobComponent {
  return {
    type: "job",
    ...normaliseCommon(raw, file, { build: 300, deploy: 900 }),
    imageUrl: raw.image_url,
    tag: raw.tag,
    cmd: raw.cmd ?? [],
    args: raw.args ?? [],
    envVars: mergePairs(raw.env_var, raw.env_vars),
    ...(raw.image_pull_secret ? { imagePullSecret: true } : {}),
  };
}
