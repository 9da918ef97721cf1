import { clusterSchema } from "@berth/protocol/job-spec";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clusterOf } from "./cluster-of.ts";

const authority = Buffer.from("-----BEGIN CERTIFICATE-----").toString("base64");

function find(cluster: unknown, more: { outputs?: object; runnerType?: string; context?: string; components?: object } = {}) {
  return clusterOf({
    config: {
      runner: { file: "runner.toml", runnerType: more.runnerType ?? "aws", envVars: {} },
      kubernetesContexts: [{ file: "kubernetes_contexts.toml", name: "compute", component: "second" }],
    },
    tree: {
      sandbox: { outputs: { ...more.outputs, ...(cluster === undefined ? {} : { cluster }) } },
      components: more.components ?? {},
    },
    context: more.context,
  });
}

describe("the cluster of an install", () => {
  const eks = { name: "c1", endpoint: "https://ABC.eks.amazonaws.com", certificate_authority_data: authority };

  it("is what its operator has set up where the sandbox tells of none", () => {
    expect(find(undefined)).toEqual({ cluster: { kind: "ambient" }, secrets: [] });
    expect(find({ name: "ecs", arn: "arn:aws:ecs:eu-west-1:1:cluster/ecs" })).toEqual({ cluster: { kind: "ambient" }, secrets: [] });
    expect(find(null, { context: "sandbox" })).toEqual({ cluster: { kind: "ambient" }, secrets: [] });
  });

  it("in EKS has the region of its ARN, or else of the account", () => {
    const found = { kind: "eks", server: eks.endpoint, certificateAuthority: authority, name: "c1" };
    expect(find({ ...eks, arn: "arn:aws:eks:eu-west-1:123456789012:cluster/c1" })).toEqual({
      cluster: { ...found, region: "eu-west-1" },
      secrets: [],
    });
    expect(find(eks, { outputs: { account: { id: "1", region: "us-east-1" } } })).toMatchObject({ cluster: { region: "us-east-1" } });
    expect(find(eks, { outputs: { account: { aws_region: "us-east-2" } } })).toMatchObject({ cluster: { region: "us-east-2" } });
    expect(find(eks)).toMatchObject({ failure: { reason: "spec_invalid", detail: expect.stringMatching(/needs the region/) as string } });
    // An ARN tells more than the type of the runner.
    const arn = "arn:aws-us-gov:eks:us-gov-west-1:1:cluster/c1";
    expect(find({ ...eks, arn }, { runnerType: "gcp" })).toMatchObject({ cluster: { kind: "eks", region: "us-gov-west-1" } });
  });

  it("in GKE and AKS is read from what their sandboxes tell", () => {
    expect(find({ name: "g", endpoint: "34.1.2.3", certificate_authority_data: authority }, { runnerType: "gcp" })).toEqual({
      cluster: { kind: "gke", server: "https://34.1.2.3", certificateAuthority: authority },
      secrets: [],
    });
    const aks = { name: "a", host: "https://a.hcp.westeurope.azmk8s.io:443", cluster_ca_certificate: authority, client_key: "k" };
    expect(find(aks, { runnerType: "azure" })).toEqual({
      cluster: { kind: "aks", server: aks.host, certificateAuthority: authority },
      secrets: [],
    });
  });

  it("from a kubeconfig keeps its credentials out of logs, and nothing else of it", () => {
    const contents = [
      "apiVersion: v1",
      "kind: Config",
      "users:",
      "- name: admin",
      "  user:",
      "    token: s3cr3t-token",
      "    client-key-data: 'S0VZ'",
      `- {name: b, user: {password: "x"}}`,
    ].join("\n");
    expect(find({ kubeconfig: contents, context: "main" }, { runnerType: "other" })).toEqual({
      cluster: { kind: "kubeconfig", contents, context: "main" },
      secrets: ["s3cr3t-token", "S0VZ"],
    });
  });

  it("of a named context is that of a component, and missing says which to deploy", () => {
    const components = { second: { outputs: { cluster: { ...eks, arn: "arn:aws:eks:eu-west-1:1:cluster/second", name: "second" } } } };
    expect(find(eks, { context: "compute", components })).toMatchObject({ cluster: { name: "second" } });
    for (const missing of [{}, { second: { outputs: {} } }]) {
      expect(find(eks, { context: "compute", components: missing })).toMatchObject({
        failure: {
          reason: "spec_invalid",
          detail: expect.stringMatching(/context "compute".*component "second".*deploy "second" first/) as string,
        },
      });
    }
    expect(find(eks, { context: "nope" })).toMatchObject({ failure: { detail: 'The app config has no Kubernetes context "nope"' } });
  });

  it("in a shape that leads nowhere is refused with the name of the output", () => {
    const bad: [unknown, RegExp][] = [
      ["https://c1", /output cluster of the sandbox is not an object/],
      [{ name: "c1" }, /neither kubeconfig nor a usable endpoint/],
      [{ ...eks, endpoint: "file:///etc/passwd" }, /usable endpoint/],
      [{ ...eks, certificate_authority_data: "-----BEGIN" }, /not base64/],
      [{ kubeconfig: "" }, /kubeconfig that is not a text/],
      [{ kubeconfig: { clusters: [] } }, /kubeconfig that is not a text/],
    ];
    for (const [cluster, message] of bad)
      expect(find(cluster)).toMatchObject({ failure: { reason: "spec_invalid", detail: expect.stringMatching(message) as string } });
    expect(find(eks, { runnerType: "metal" })).toMatchObject({ failure: { detail: expect.stringMatching(/runner_type/) as string } });
  });

  it("whatever a sandbox tells is either refused or what a runner can read", () => {
    const field = fc.oneof(fc.string(), fc.constant("https://c1"), fc.constant(authority), fc.anything());
    const keys = fc.constantFrom("name", "endpoint", "host", "arn", "certificate_authority_data", "kubeconfig", "context", "tenant_id");
    const cluster = fc.oneof(fc.anything(), fc.dictionary(keys, field));
    fc.assert(
      fc.property(cluster, fc.constantFrom("aws", "gcp", "azure", ""), (value, runnerType) => {
        const found = find(value, { runnerType, outputs: { account: { region: "eu-west-1" } } });
        if ("failure" in found) expect(found.failure.detail).toMatch(/output cluster of the sandbox/);
        else expect(clusterSchema.safeParse(found.cluster).error).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });
});
