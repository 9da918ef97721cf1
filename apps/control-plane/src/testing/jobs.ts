import type { JobKind, JobSpec } from "@berth/protocol/job-spec";
import { createJob } from "../jobs/create.ts";
import type { TestInstall } from "./install.ts";
import type { TestSystem } from "./system.ts";

const artifact = { registryUrl: "http://registry.test", repository: "acme/app/sandbox", digest: `sha256:${"a".repeat(64)}` };
const terraform = { target: "sandbox", artifact, terraformVersion: "1.11.4", vars: {}, varFiles: [], envVars: {} };

const plan = { digest: `sha256:${"b".repeat(64)}`, size: 1 };
const cluster = { kind: "ambient" as const };
const helm = {
  artifact,
  cluster,
  releaseName: "app",
  namespace: "app",
  valuesFiles: [],
  set: {},
  overrides: [],
  storageDriver: "secret" as const,
  takeOwnership: false,
  waitSeconds: 60,
  atomic: false,
  runTests: false,
};
const manifest = { cluster, namespace: "app", source: { kind: "documents" as const, text: "" }, waitSeconds: 60 };

/** A spec of a kind, with nothing special in it. */
export function testSpec(kind: JobKind, target = "sandbox"): JobSpec {
  switch (kind) {
    case "terraform.plan":
      return { kind, ...terraform, target, destroy: false };
    case "terraform.apply":
      return { kind, ...terraform, target, destroy: false, plan: { digest: `sha256:${"b".repeat(64)}`, size: 1 } };
    case "action.run":
      return {
        kind,
        action: "check",
        runId: "acr1",
        trigger: "manual",
        envVars: {},
        steps: [{ name: "one", command: "true", envVars: {} }],
      };
    case "helm.plan":
      return { kind, ...helm, target, destroy: false };
    case "helm.apply":
      return { kind, ...helm, target, destroy: false, plan };
    case "kubernetes.plan":
      return { kind, ...manifest, target, destroy: false };
    case "kubernetes.apply":
      return { kind, ...manifest, target, destroy: false, plan };
    case "image.sync":
      return { kind, target, source: artifact, publicHost: "registry.test", tag: "bld1", destroy: false };
  }
}

/** Queues a job of an install. */
export function createTestJob(
  system: TestSystem,
  install: TestInstall,
  input: { kind?: JobKind; target?: string; workflowId?: string; planDigest?: string; timeoutSeconds?: number } = {},
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
      ...(input.workflowId === undefined ? {} : { workflowId: input.workflowId }),
      ...(input.planDigest === undefined ? {} : { planDigest: input.planDigest }),
    },
  });
}
