import type { Cluster } from "@berth/protocol/job-spec";
import type { RenderInput } from "./rendered.ts";
import { memberOf, textOf } from "./tree.ts";

/** What is wrong with an output that is to be used, for people. */
export type Problem = { problem: string };

/**
 * The cluster that a component is deployed to: the `cluster` output of the component that its `kubernetes_context` names, else the sandbox's. A sandbox
 * without that output leaves it to what the runner's operator has set up.
 */
export function clusterOf(given: Pick<RenderInput, "config" | "tree">, context: string | undefined): Cluster | Problem {
  const { config, tree } = given;
  if (context === undefined) return readCluster(memberOf(tree, "sandbox", "outputs"), "the sandbox", config.runner.runnerType);
  const bound = config.kubernetesContexts.find(({ name }) => name === context);
  if (!bound) return { problem: `There is no kubernetes_context "${context}" in the app config` };
  const outputs = memberOf(tree, "components", bound.component, "outputs");
  const where = `component "${bound.component}", which kubernetes_context "${context}" is bound to,`;
  if (memberOf(outputs, "cluster") === undefined) return { problem: `${where} has no output "cluster" yet. Deploy it first.` };
  return readCluster(outputs, where, config.runner.runnerType);
}

function readCluster(outputs: unknown, where: string, runnerType: string): Cluster | Problem {
  const cluster = memberOf(outputs, "cluster");
  if (cluster === undefined || cluster === null) return { kind: "ambient" };
  const kubeconfig = textOf(cluster, "kubeconfig");
  if (kubeconfig !== undefined) {
    const context = textOf(cluster, "context");
    return { kind: "kubeconfig", contents: kubeconfig, ...(context === undefined ? {} : { context }) };
  }
  const missing = (name: string): Problem => ({
    problem: `The output "cluster" of ${where} has no "${name}". It needs name, endpoint and certificate_authority_data, or kubeconfig.`,
  });
  const endpoint = textOf(cluster, "endpoint");
  if (endpoint === undefined) return missing("endpoint");
  const server = endpoint.includes("://") ? endpoint : `https://${endpoint}`;
  if (!URL.canParse(server))
    return { problem: `The output "cluster" of ${where} has an endpoint that is no URL: ${JSON.stringify(endpoint.slice(0, 200))}` };
  const authority = textOf(cluster, "certificate_authority_data") ?? textOf(cluster, "cluster_ca_certificate");
  const common = { server, ...(authority === undefined ? {} : { certificateAuthority: authority }) };
  const arn = textOf(cluster, "arn");
  if (runnerType.startsWith("azure")) {
    const tenantId = textOf(outputs, "account", "tenant_id");
    return { kind: "aks", ...common, ...(tenantId === undefined ? {} : { tenantId }) };
  }
  if (runnerType === "gcp") return { kind: "gke", ...common };
  const name = textOf(cluster, "name");
  if (name === undefined) return missing("name");
  // arn:aws:eks:<region>:<account>:cluster/<name>
  const region = textOf(outputs, "account", "region") ?? arn?.split(":")[3];
  if (region === undefined || region === "")
    return { problem: `Neither the output "account.region" of ${where} nor the "arn" of its cluster tells the region of the cluster` };
  const roleArn = textOf(cluster, "access_role_arn");
  return { kind: "eks", ...common, name, region, ...(roleArn === undefined ? {} : { roleArn }) };
}
