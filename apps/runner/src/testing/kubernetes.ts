import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { messageOf } from "@berth/kit/errors";
import { startKubernetes, type TestKubernetes } from "@berth/testkit/kubernetes/start";
import { kubernetesTools } from "@berth/testkit/kubernetes/tools";
import { startScriptedGateway, type GatewayJob, type ScriptedGateway } from "@berth/testkit/scripted-gateway";
import type { JobResult } from "@berth/protocol/job-result";
import type { JobSpec } from "@berth/protocol/job-spec";
import { probeReportsSchema, type KubernetesProbe } from "@berth/protocol/specs/health";
import { startRunner, type TestRunner } from "./runner-process.ts";

/** A cluster of ours, a control plane's stand-in and a real runner that has helm and kubectl. */
export type TestGround = AsyncDisposable & {
  cluster: TestKubernetes;
  gateway: ScriptedGateway;
  runner: TestRunner;
  /** How specs name the cluster. */
  access: { kind: "kubeconfig"; contents: string };
  /** Runs a job to its end. */
  run(spec: JobSpec, more?: { redact?: string[]; timeoutSeconds?: number }): Promise<{ job: GatewayJob; result: JobResult; log: string }>;
  /** Has the runner look at the objects of a deploy. @returns what it saw */
  look(at: Pick<KubernetesProbe, "namespace" | "made"> & Partial<KubernetesProbe>): Promise<{ status: string | undefined; why: string }>;
  /** Runs kubectl by hand, as somebody else would. @returns its exit code */
  kubectl(args: readonly string[], input?: string): Promise<number | null>;
  namespace: string;
};

/** Starts all of them. */
export async function startGround(env: Record<string, string> = {}): Promise<TestGround> {
  const tools = await kubernetesTools();
  const cluster = await startKubernetes();
  const gateway = await startScriptedGateway();
  const runner = await startRunner(gateway, { env: { BERTH_KUBECTL_PATH: tools.kubectl, BERTH_HELM_PATH: tools.helm, ...env } });
  const ground: TestGround = {
    cluster,
    gateway,
    runner,
    access: { kind: "kubeconfig", contents: cluster.kubeconfigText() },
    namespace: `t-${randomBytes(4).toString("hex")}`,
    async run(spec, more = {}) {
      const job = gateway.assign({ spec, ...more });
      const result = await gateway
        .until("the job ends", () => job.result, 60_000)
        .catch((error: unknown) => {
          const { exitCode, signalCode } = runner.process;
          throw new Error(`${messageOf(error)}; the runner (exit ${exitCode ?? signalCode}) has said:\n${runner.logged().slice(-4000)}`);
        });
      return { job, result, log: gateway.logOf(job).toString() };
    },
    async look(at) {
      const common = { type: "kubernetes", component: "c", name: "kubernetes", timeoutSeconds: 30, cluster: ground.access } as const;
      const { result } = await ground.run({ kind: "health.probe", probes: [{ ...common, ...at }] });
      const [report] = probeReportsSchema.parse(result.outputs?.["probes"]?.value);
      return { status: report?.status, why: report?.why ?? "" };
    },
    async kubectl(args, input = "") {
      const child = spawn(tools.kubectl, args, {
        env: { ...process.env, KUBECONFIG: cluster.kubeconfig },
        stdio: ["pipe", "ignore", "inherit"],
      });
      child.stdin.end(input);
      const [code] = (await once(child, "exit")) as [number | null];
      return code;
    },
    async [Symbol.asyncDispose]() {
      await runner[Symbol.asyncDispose]();
      await gateway[Symbol.asyncDispose]();
      await cluster.close();
    },
  };
  return ground;
}
