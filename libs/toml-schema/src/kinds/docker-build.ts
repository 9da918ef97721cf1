import { z } from "zod";
import type { DockerBuildComponent } from "../config/components.ts";
import { componentFields, normaliseCommon } from "./component-common.ts";
import { field, text, textMap } from "./field.ts";
import { defineKind } from "./kind.ts";
import { normaliseRequiredRepo, repoFields, repoRule } from "./repo.ts";
import { envVars, legacyEnvVar, mergePairs } from "./shared.ts";

const schema = z.looseObject({
  type: field(z.literal("docker_build"), "An image built from a Dockerfile."),
  ...componentFields,
  dockerfile: text("The Dockerfile, relative to the repository block's directory.", { examples: ["Dockerfile"] }),
  target: text("The stage to build; the last one without it.", { examples: ["runtime"] }).optional(),
  build_args: textMap("Build arguments.", { examples: [{ NODE_VERSION: "24" }] }).optional(),
  env_vars: envVars.optional(),
  env_var: legacyEnvVar,
  ...repoFields,
});

export const dockerBuild = defineKind({
  type: "docker-build",
  title: "Docker build component",
  description: "A component that builds an image from a Dockerfile and hands it to other components.",
  location: "components/**/*.toml",
  schema,
  rules: (raw, report) => repoRule(raw, report, "A Docker build"),
  example: `# docker-build
name       = "api_image"
type       = "docker_build"
dockerfile = "Dockerfile"

[connected_repo]
repo      = "acme/api"
directory = "."
branch    = "main"
`,
});

export function normaliseDockerBuild(raw: z.output<typeof schema>, file: string): DockerBuildComponent {
  return {
    type: "docker_build",
    ...normaliseCommon(raw, file, { build: 3600, deploy: 300 }),
    dockerfile: raw.dockerfile,
    target: raw.target,
    buildArgs: raw.build_args ?? {},
    envVars: mergePairs(raw.env_var, raw.env_vars),
    repo: normaliseRequiredRepo(raw),
  };
}
