import { z } from "zod";
import type { RepoSource } from "../config/common.ts";
import { field } from "./field.ts";
import { defineKind } from "./kind.ts";
import { asTable } from "../source/table.ts";
import { normaliseRepo, repoFields, repoRule } from "./repo.ts";

const schema = z.looseObject({
  ...repoFields,
  installs_config: field(z.looseObject(repoFields), "The same, one level down.", {
    deprecated: "write the repository block at the top level",
  }).optional(),
});

export const installsConfig = defineKind({
  type: "installs-config",
  title: "Installs repository",
  description: "The repository directory that install files are read from.",
  location: "installs.toml",
  schema,
  rules: (raw, report) => {
    const nested = asTable(raw["installs_config"]);
    repoRule(nested ?? raw, report, "The installs repository", nested ? ["installs_config"] : []);
  },
  example: `# installs-config
[connected_repo]
repo      = "acme/installs"
directory = "analytics"
branch    = "main"
`,
});

export function normaliseInstallsConfig(raw: z.output<typeof schema>): RepoSource | undefined {
  return normaliseRepo(raw) ?? normaliseRepo(raw.installs_config ?? {});
}
