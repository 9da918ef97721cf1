import { action } from "../kinds/action.ts";
import { branch } from "../kinds/branch.ts";
import { breakGlass, breakGlassRole } from "../kinds/break-glass.ts";
import { containerImage } from "../kinds/container-image.ts";
import { dockerBuild } from "../kinds/docker-build.ts";
import { helm } from "../kinds/helm.ts";
import { input, inputGroup, inputs } from "../kinds/inputs.ts";
import { install } from "../kinds/install.ts";
import { installer } from "../kinds/installer.ts";
import { installsConfig } from "../kinds/installs-config.ts";
import { job } from "../kinds/job.ts";
import type { Kind } from "../kinds/kind.ts";
import { kubernetesContext, kubernetesContexts } from "../kinds/kubernetes-contexts.ts";
import { kubernetesManifest } from "../kinds/kubernetes-manifest.ts";
import { metadata } from "../kinds/metadata.ts";
import { operationRoles } from "../kinds/operation-roles.ts";
import { permission, permissionPolicy, permissions } from "../kinds/permissions.ts";
import { policies, policy } from "../kinds/policies.ts";
import { pulumi } from "../kinds/pulumi.ts";
import { runbook } from "../kinds/runbook.ts";
import { runner } from "../kinds/runner.ts";
import { sandbox } from "../kinds/sandbox.ts";
import { secret, secrets } from "../kinds/secrets.ts";
import { stack } from "../kinds/stack.ts";
import { terraform } from "../kinds/terraform.ts";
import { triggers } from "../kinds/triggers.ts";

/** Every kind, in the order in which a reader meets them. */
export const kinds: readonly Kind[] = [
  metadata,
  sandbox,
  runner,
  inputs,
  inputGroup,
  input,
  secrets,
  secret,
  terraform,
  helm,
  kubernetesManifest,
  containerImage,
  dockerBuild,
  pulumi,
  job,
  action,
  runbook,
  permissions,
  permission,
  permissionPolicy,
  breakGlass,
  breakGlassRole,
  operationRoles,
  policies,
  policy,
  stack,
  kubernetesContexts,
  kubernetesContext,
  install,
  installsConfig,
  branch,
  triggers,
  installer,
];

const otherNames: Readonly<Record<string, string>> = {
  "terraform-module": "terraform",
  "helm-chart": "helm",
  "external-image": "container-image",
  installs: "installs-config",
  "operation-role": "operation-roles",
};

/** The kind of a name as people write it: `terraform`, `terraform_module`, `helm-chart`… */
export function kindByType(type: string): Kind | undefined {
  const plain = type.toLowerCase().replaceAll("_", "-");
  return kinds.find((kind) => kind.type === (otherNames[plain] ?? plain));
}
