import type { Failure } from "@berth/protocol/job-result";
import type { Cluster } from "@berth/protocol/job-spec";
import type { AppConfig } from "@berth/toml-schema/app-config";
import { asFields, outputsAt, type Fields } from "./outputs-at.ts";

export type FoundCluster = { cluster: Cluster; /** Texts in it that nobody should read. */ secrets: string[] } | { failure: Failure };

/**
 * The cluster that a component or an action works on: of the Kubernetes context it names, else of the sandbox. A sandbox that tells of no cluster leaves it
 * to what the runner's operator has set up.
 * @param input.tree the install's state, secrets included
 */
export function clusterOf(input: {
  config: Pick<AppConfig, "kubernetesContexts" | "runner">;
  tree: Record<string, unknown>;
  context: string | undefined;
}): FoundCluster {
  const { config, tree, context } = input;
  if (context === undefined || context === "sandbox") {
    const outputs = outputsAt(tree, "sandbox");
    const cluster = outputs?.["cluster"];
    if (cluster === undefined || cluster === null) return { cluster: { kind: "ambient" }, secrets: [] };
    return read(cluster, { where: "output cluster of the sandbox", region: regionOf(outputs), runnerType: config.runner.runnerType });
  }
  const component = config.kubernetesContexts.find(({ name }) => name === context)?.component;
  if (component === undefined) return bad(`The app config has no Kubernetes context "${context}"`);
  const outputs = outputsAt(tree, { component });
  const cluster = outputs?.["cluster"];
  const where = `output cluster of component "${component}"`;
  if (cluster === undefined || cluster === null) {
    return bad(
      `The Kubernetes context "${context}" takes the ${where}, which has none: deploy "${component}" first, and let it have that output`,
    );
  }
  const region = regionOf(outputs) ?? regionOf(outputsAt(tree, "sandbox"));
  return read(cluster, { where, region, runnerType: config.runner.runnerType });
}

type Source = { where: string; region: string | undefined; runnerType: string };

function read(value: unknown, source: Source): FoundCluster {
  const fields = asFields(value);
  if (!fields) return bad(`The ${source.where} is not an object with name, endpoint and certificate_authority_data, or with kubeconfig`);
  // A cluster of ECS is none of Kubernetes.
  if (/^arn:[a-z-]+:ecs:/.test(text(fields, "arn") ?? "")) return { cluster: { kind: "ambient" }, secrets: [] };
  if (fields["kubeconfig"] !== undefined) return fromKubeconfig(fields, source);
  const server = serverOf(fields);
  if (server === undefined) {
    return bad(
      `The ${source.where} has neither kubeconfig nor a usable endpoint: endpoint must be the address of the API server, e.g. https://10.0.0.1`,
    );
  }
  const authority = text(fields, "certificate_authority_data") ?? text(fields, "cluster_ca_certificate");
  if (authority !== undefined && !/^[A-Za-z0-9+/=\s]+$/.test(authority)) {
    return bad(`The ${source.where} has a certificate_authority_data that is not base64`);
  }
  const common = { server, ...(authority === undefined ? {} : { certificateAuthority: authority.replace(/\s/g, "") }) };
  const cloud = cloudOf(fields, source.runnerType);
  if (cloud === "gke") return { cluster: { kind: "gke", ...common }, secrets: [] };
  if (cloud === "aks") {
    const tenantId = text(fields, "tenant_id");
    return { cluster: { kind: "aks", ...common, ...(tenantId === undefined ? {} : { tenantId }) }, secrets: [] };
  }
  if (cloud === "eks") return eks(fields, common, source);
  return bad(
    `The ${source.where} does not tell how to sign in: give it a kubeconfig, or set runner_type to aws, gcp or azure, not "${source.runnerType}"`,
  );
}

function eks(fields: Fields, common: { server: string; certificateAuthority?: string }, source: Source): FoundCluster {
  const arn = text(fields, "arn");
  // arn:aws:eks:<region>:<account>:cluster/<name>
  const region = arn?.split(":")[3] || source.region;
  const name = text(fields, "name") ?? text(fields, "cluster_name") ?? arn?.split("/")[1];
  if (!name) return bad(`The ${source.where} has no name, which a token for EKS is made for`);
  if (!region)
    return bad(`The ${source.where} has no arn, and there is no output account with a region either: a token for EKS needs the region`);
  return { cluster: { kind: "eks", ...common, name, region }, secrets: [] };
}

function fromKubeconfig(fields: Fields, source: Source): FoundCluster {
  const contents = text(fields, "kubeconfig");
  if (contents === undefined || contents.length > 1_000_000) {
    return bad(`The ${source.where} has a kubeconfig that is not a text of at most 1 MB with the whole of a kubeconfig file in it`);
  }
  const context = text(fields, "context");
  return { cluster: { kind: "kubeconfig", contents, ...(context === undefined ? {} : { context }) }, secrets: secretsOf(contents) };
}

/** A credential in a kubeconfig stands on a line of its own. The file as a whole is no secret: its other lines stand in every manifest. */
const credential =
  /^[\s-]*"?(?:token|password|client-key-data|id-token|refresh-token|access-token|client-secret)"?\s*:\s*["']?([^\s"',}]+)/gm;

function secretsOf(kubeconfig: string): string[] {
  return [...kubeconfig.matchAll(credential)].flatMap(([, value]) => (value !== undefined && value.length >= 4 ? [value] : []));
}

/** The API server's address; some outputs have the bare host. */
function serverOf(fields: Fields): string | undefined {
  const given = text(fields, "endpoint") ?? text(fields, "host");
  if (given === undefined) return undefined;
  const url = /^[a-z]+:\/\//.test(given) ? given : `https://${given}`;
  const parsed = URL.parse(url);
  return parsed && (parsed.protocol === "https:" || parsed.protocol === "http:") && parsed.username === "" ? url : undefined;
}

function cloudOf(fields: Fields, runnerType: string): "eks" | "gke" | "aks" | undefined {
  if (/^arn:[a-z-]+:eks:/.test(text(fields, "arn") ?? "")) return "eks";
  const [word = ""] = runnerType.split(/[-_]/);
  if (word === "aws" || word === "eks" || word === "ecs") return "eks";
  if (word === "gcp" || word === "gke") return "gke";
  return word === "azure" || word === "aks" ? "aks" : undefined;
}

function regionOf(outputs: Fields | undefined): string | undefined {
  const account = asFields(outputs?.["account"]);
  return account && (text(account, "region") ?? text(account, "aws_region"));
}

function text(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

function bad(detail: string): { failure: Failure } {
  return { failure: { reason: "spec_invalid", detail } };
}
