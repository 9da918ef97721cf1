import { appConfigSchema, type AppConfig, type RepoSource } from "@berth/toml-schema/app-config";

type ComponentInput = { name: string; repo: RepoSource; vars?: Record<string, string>; dependencies?: string[] };

/** A valid app config for tests: a sandbox and Terraform components, as a client would send it. */
export function makeConfig(input: {
  sandbox: RepoSource;
  components?: ComponentInput[];
  actions?: { name: string; steps: { name: string; repo?: RepoSource; command?: string }[] }[];
}): AppConfig {
  const control = { maxAutoRetries: 0, skipNoops: false, autoApproveOnPoliciesPassing: false };
  return appConfigSchema.parse({
    schemaVersion: 1,
    name: "demo",
    metadata: { file: "metadata.toml", version: "v1", defaultLabels: {}, labelColors: {} },
    sandbox: {
      kind: "terraform",
      file: "sandbox.toml",
      terraformVersion: "1.11.4",
      repo: input.sandbox,
      vars: {},
      varFiles: [],
      envVars: {},
      operationRoles: [],
      references: [],
      ...control,
    },
    runner: { file: "runner.toml", runnerType: "aws", envVars: {} },
    inputs: { groups: [], inputs: [] },
    components: (input.components ?? []).map(({ name, repo, vars = {}, dependencies = [] }) => ({
      type: "terraform_module",
      file: `components/${name}.toml`,
      name,
      dependencies,
      labels: {},
      operationRoles: [],
      toggleable: false,
      defaultEnabled: true,
      buildTimeoutSeconds: 300,
      deployTimeoutSeconds: 3600,
      references: [],
      terraformVersion: "1.11.4",
      repo,
      vars,
      envVars: {},
      varFiles: [],
      ...control,
    })),
    actions: (input.actions ?? []).map(({ name, steps }) => ({
      file: `actions/${name}.toml`,
      name,
      timeoutSeconds: 60,
      labels: {},
      triggers: [{ type: "manual" }],
      steps: steps.map((step) => ({ envVars: {}, command: "true", ...step })),
      dependencies: [],
      enableKubeConfig: false,
      references: [],
    })),
    secrets: [],
    permissions: { roles: [], namedPolicies: [] },
    breakGlass: { roles: [] },
    policies: [],
    kubernetesContexts: [],
    runbooks: [],
    installs: [],
    branches: [],
    triggers: [],
  });
}

/** A directory of a local repository at its main branch. */
export function from(url: string, directory: string, branch = "main"): RepoSource {
  return { kind: "public", repo: url, directory, branch };
}
