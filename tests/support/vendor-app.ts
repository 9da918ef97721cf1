import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createGitRepo, type GitFile, type GitRepo } from "@berth/testkit/git-repo";

/** A vendor's app: its directory of TOML files and the git repository that its components point to. */
export type VendorApp = AsyncDisposable & {
  dir: string;
  repo: GitRepo;
  /** Writes files of the app directory. */
  write(files: Record<string, string>): Promise<void>;
};

const terraform = "1.11.4";

/** `[public_repo]` and version lines of a TOML file for a Terraform directory of the repository. */
export function terraformSource(repo: GitRepo, directory: string): string {
  return `terraform_version = "${terraform}"\n[public_repo]\nrepo = "${repo.url}"\ndirectory = "${directory}"\nbranch = "main"\n`;
}

/** A component file. `vars` are Terraform variables, templated. */
export function componentToml(repo: GitRepo, name: string, directory: string, vars: Record<string, string> = {}): string {
  const lines = Object.entries(vars).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  return `name = "${name}"\ntype = "terraform_module"\n${terraformSource(repo, directory)}\n[vars]\n${lines.join("\n")}\n`;
}

/** A Terraform module with variables `value` and `marker`: it appends `value` to the file `marker` when it is applied, slowly if asked. */
export const markerModule = `
variable "value" { type = string }
variable "marker" { type = string }
variable "seconds" {
  type    = string
  default = "0"
}
variable "password" {
  type      = string
  default   = ""
  sensitive = true
}
resource "terraform_data" "this" {
  input            = var.value
  triggers_replace = [var.value]
  provisioner "local-exec" {
    command = "echo begin \${var.value} >> \${var.marker}; sleep \${var.seconds}; echo end \${var.value} >> \${var.marker}"
  }
}
output "value" { value = terraform_data.this.output }
output "secret" {
  value     = "s3cret-\${var.value}-\${var.password}"
  sensitive = true
}
`;

/** A Terraform root that makes nothing but an output. */
export const sandboxModule = `
variable "name" { type = string }
resource "terraform_data" "network" { input = var.name }
output "network" { value = terraform_data.network.output }
`;

/**
 * An app with a sandbox, two independent components (`left`, `right`), one on top of both (`top`), a manual action `hello` and a health check.
 * Everything it does lands in `marker` files below `input.out`.
 */
export async function createVendorApp(input: {
  dir: string;
  out: string;
  seconds?: number;
  app?: Record<string, string>;
  source?: Record<string, GitFile>;
}): Promise<VendorApp> {
  const repo = await createGitRepo({
    "sandbox/main.tf": sandboxModule,
    "marker/main.tf": markerModule,
    "top/main.tf": `${markerModule}\nvariable "left" { type = string }\nvariable "right" { type = string }\noutput "both" { value = "\${var.left}+\${var.right}" }\n`,
    ...input.source,
  });
  const dir = join(input.dir, "app");
  const seconds = String(input.seconds ?? 0);
  const app: VendorApp = {
    dir,
    repo,
    async write(files) {
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(join(dir, name)), { recursive: true });
        await writeFile(join(dir, name), text);
      }
    },
    [Symbol.asyncDispose]: () => repo[Symbol.asyncDispose](),
  };
  await mkdir(input.out, { recursive: true });
  await app.write({
    "metadata.toml": `version = "v2"\ndisplay_name = "Test app"\n`,
    "sandbox.toml": `${terraformSource(repo, "sandbox")}\n[vars]\nname = "{{ .nuon.install.name }}"\n`,
    "runner.toml": `runner_type = "aws"\n`,
    "inputs.toml": `
[[group]]
name = "main"
display_name = "Main"
description = "Main"
[[input]]
name = "greeting"
display_name = "Greeting"
description = "Greeting"
group = "main"
default = "hello"
[[input]]
name = "key"
display_name = "Key"
description = "Key"
group = "main"
default = "no-key-given"
sensitive = true
`,
    "components/left.toml": componentToml(repo, "left", "marker", {
      value: "left {{ .nuon.inputs.inputs.greeting }}",
      marker: join(input.out, "left"),
      password: "{{ .nuon.inputs.inputs.key }}",
      seconds,
    }),
    "components/right.toml": componentToml(repo, "right", "marker", { value: "right", marker: join(input.out, "right"), seconds }),
    "components/top.toml": componentToml(repo, "top", "top", {
      value: "top {{ .nuon.sandbox.outputs.network }}",
      marker: join(input.out, "top"),
      left: "{{ .nuon.components.left.outputs.value }}",
      right: "{{ .nuon.components.right.outputs.value }}",
      seconds,
    }),
    "actions/hello.toml": `
name = "hello"
timeout = "30s"
[[triggers]]
type = "manual"
[[steps]]
name = "greet"
inline_contents = """
#!/bin/sh
echo "hello from $GREETING"
echo "greeted=$GREETING" >> "$NUON_ACTIONS_OUTPUT_FILEPATH"
"""
[steps.env_vars]
GREETING = "{{ .nuon.components.left.outputs.value }}"
`,
    "actions/health.toml": `
name = "health"
timeout = "30s"
[[triggers]]
type = "cron"
cron_schedule = "*/5 * * * *"
[[triggers]]
type = "post-provision"
[[triggers]]
type = "manual"
[[steps]]
name = "check"
inline_contents = "#!/bin/sh\\ntest ! -e ${join(input.out, "sick")}\\n"
`,
    ...input.app,
  });
  return app;
}
