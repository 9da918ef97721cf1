/** Where the app's directory lies in git. `prefix` ends in `/` unless the directory is the repository's root. */
export type Home = { repo: string; branch: string; prefix: string };

/** A small app with one of each part that most apps have, every choice explained: path → text. Valid as it is. */
export function starterApp(input: { displayName: string; home: Home; known: boolean }): Record<string, string> {
  const { home } = input;
  const quoted = (text: string): string => JSON.stringify(text);
  const source = (directory: string): string => `[public_repo]
repo = ${quoted(home.repo)}${input.known ? "" : "  # change this to where the directory is pushed to"}
directory = ${quoted(`${home.prefix}${directory}`)}
branch = ${quoted(home.branch)}
`;
  return {
    "metadata.toml": `# metadata
# What the app is called. The first line of each file says what it is, so that editors can help.
version = "v2"
display_name = ${quoted(input.displayName)}
description = "Says hello from the customer's own account"

# Shown for each install, with its own values filled in.
readme = "./README.md"
`,
    "README.md": `# ${input.displayName.replace(/[{}]/g, "")}

This is install {{ .nuon.install.name }}. It greets with: {{ .nuon.inputs.inputs.greeting }}
`,
    "runner.toml": `# runner
# Where the runner lives: "aws", "azure", "gcp", or "local" for any machine.
runner_type = "local"
`,
    "sandbox.toml": `# sandbox
# What every install needs before its first component: a network, a cluster. Here it needs nothing but a name.
terraform_version = "1.11.4"

# The Terraform code in git. A private repository is a [connected_repo] with the same keys; \`berth git-credentials create\` lets Berth read it.
${source("src/sandbox")}
# Terraform variables. What stands in {{ }} is filled in for each install.
[vars]
install_id = "{{ .nuon.install.id }}"
`,
    "src/sandbox/main.tf": `variable "install_id" {
  type = string
}

# Components and actions read it as {{ .nuon.sandbox.outputs.prefix }}.
output "prefix" {
  value = "hello-\${var.install_id}"
}
`,
    "inputs.toml": `# inputs
# What is set for each install. Sensitive ones are encrypted and never shown.
[[group]]
name = "greeting"
display_name = "Greeting"
description = "What the app says"

[[input]]
name = "greeting"
display_name = "Greeting"
description = "The words it greets with"
group = "greeting"
default = "Hello"
# required = true          # then there is no default, and each install has to say
# sensitive = true
# type = "number"          # "string" unless said otherwise
`,
    "components/hello.toml": `# terraform
# A part of the app, built and deployed on its own. Others: helm, kubernetes-manifest, container-image, docker-build, pulumi, job.
name = "hello"
type = "terraform_module"
terraform_version = "1.11.4"

# drift_schedule = "0 */6 * * *"      # looks every six hours whether somebody changed what it made
# dependencies = ["database"]         # only where no template says so: reading an output of a component makes it a dependency

${source("src/hello")}
[vars]
prefix = "{{ .nuon.sandbox.outputs.prefix }}"
greeting = "{{ .nuon.inputs.inputs.greeting }}"
`,
    "src/hello/main.tf": `variable "prefix" {
  type = string
}

variable "greeting" {
  type = string
}

resource "terraform_data" "hello" {
  input = "\${var.greeting} from \${var.prefix}"
}

# Others read it as {{ .nuon.components.hello.outputs.message }}.
output "message" {
  value = terraform_data.hello.output
}
`,
    "actions/say-hello.toml": `# action
# A script that runs beside the app: by hand, on a schedule, or after something happened.
name = "say-hello"
timeout = "30s"

[[triggers]]
type = "manual"

[[triggers]]
type = "post-deploy-component"
component_name = "hello"

# [[triggers]]
# type = "cron"
# cron_schedule = "*/15 * * * *"      # five fields: every quarter of an hour

[[steps]]
name = "say"
inline_contents = "./say-hello.sh"

[steps.env_vars]
MESSAGE = "{{ .nuon.components.hello.outputs.message }}"
`,
    "actions/say-hello.sh": `#!/bin/sh
echo "$MESSAGE"
`,
  };
}
