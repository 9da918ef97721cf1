import type { JobKind, JobSpec } from "@berth/protocol/job-spec";
import { createJob } from "../jobs/create.ts";
import type { TestInstall } from "./install.ts";
import type { TestSystem } from "./system.ts";

const artifact = { registryUrl: "http://registry.test", repository: "acme/app/sandbox", digest: `sha256:${"a".repeat(64)}` };
const terraform = { artifact, terraformVersion: "1.11.4", vars: {}, varFiles: [], envVars: {}, destroy: false };
const helm = {
  artifact,
  cluster: { kind: "ambient" as const },
  releaseName: "web",
  namespace: "web",
  valuesFiles: [],
  set: {},
  overrides: [],
  storageDriver: "secret" as const,
  takeOwnership: false,
  waitSeconds: 60,
  atomic: false,
  runTests: false,
  destroy: false,
};
const kubernetes = {
  cluster: { kind: "ambient" as const },
  namespace: "web",
  source: { kind: "documents" as const, text: "" },
  waitSeconds: 60,
  destroy: false,
};
const plan = { digest: `sha256:${"b".repeat(64)}`, size: 1 };

/** A spec of a kind, with nothing special in it. */
export function testSpec(kind: JobKind, target = "sandbox"): JobSpec {
  switch (kind) {
    case "terraform.plan":
      return { kind, ...terraform, target };
    case "terraform.apply":
      return { kind, ...terraform, target, plan };
    case "helm.plan":
      return { kind, ...helm, target };
    case "helm.apply":
      return { kind, ...helm, target, plan };
    case "kubernetes.plan":
      return { kind, ...kubernetes, target };
    case "kubernetes.apply":
      return { kind, ...kubernetes, target, plan };
    case "image.sync":
      return { kind, target, source: artifact, publicHost: "registry.test", tag: "bld1", destroy: false };
    case "secrets.sync":
      return { kind, dryRun: false, cloud: { kind: "none" }, secrets: [] };
    case "health.probe":
      return { kind, probes: [{ type: "tcp", component: "api", name: "port", timeoutSeconds: 10, host: "127.0.0.1", port: 1 }] };
    case "action.run":
      return {
        kind,
        action: "check",
        runId: "acr1",
        trigger: "manual",
        envVars: {},
        steps: [{ name: "one", command: "true", envVars: {} }],
      };
  }
}

/** Queues a job of an install. */
export function createTestJob(
  system: TestSystem,
  install: TestInstall,
  input: { kind?: JobKind; target?: string; workflowId?: string; planDigest?: string; timeoutSeconds?: number; priority?: number } = {},
): Promise<{ jobId: string; logStreamId: string }> {
  const kind = input.kind ?? "terraform.plan";
  return createJob({
    ctx: system.ctx(install.orgId),
    input: {
      installId: install.installId,
      kind,
      ...(kind === "action.run" ? {} : { target: input.target ?? "sandbox" }),
      spec: testSpec(kind, input.target),
      redact: ["s3cr3t"],
      timeoutSeconds: input.timeoutSeconds ?? 60,
      ...(input.priority === undefined ? {} : { priority: input.priority }),
      ...(input.workflowId === undefined ? {} : { workflowId: input.workflowId }),
      ...(input.planDigest === undefined ? {} : { planDigest: input.planDigest }),
    },
  });
}
