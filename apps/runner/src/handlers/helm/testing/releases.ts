import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { JobResult } from "@berth/protocol/job-result";
import type { ArtifactRef, HelmApplySpec, HelmPlanSpec } from "@berth/protocol/job-spec";
import { runTool, type Ran } from "@berth/testkit/kubernetes/run-tool";
import { kubernetesTools } from "@berth/testkit/kubernetes/tools";
import { addRegistry } from "@berth/testkit/scripted-registry";
import type { GatewayJob } from "@berth/testkit/scripted-gateway";
import { startGround, type TestGround } from "../../../testing/kubernetes.ts";

type Run = { job: GatewayJob; result: JobResult; log: string };
/** A plan that was made; `actions` are its objects in a word each: `update Deployment ns/app`, `hooks: create Job ns/x`. */
export type Planned = Run & { actions: string[]; notes: string };
export type Deployed = Run & { planned: Planned };

/** A ground with what tests of releases need. */
export type Releases = AsyncDisposable & {
  ground: TestGround;
  /** Packages one of our charts, or one of them with other or further files, and publishes it. */
  chart(name: "web" | "fleet" | "vault", more?: { version?: string; files?: Record<string, string> }): Promise<ArtifactRef>;
  /** A release of its own in a namespace of its own. */
  release(artifact: ArtifactRef, set?: Record<string, string>, more?: Partial<HelmPlanSpec>): HelmPlanSpec;
  plan(spec: HelmPlanSpec, redact?: string[]): Promise<Planned>;
  apply(spec: HelmPlanSpec, planned: Planned, redact?: string[]): Promise<Run>;
  /** Offers an apply and does not wait for it. */
  begin(spec: HelmPlanSpec, planned: Planned): GatewayJob;
  deploy(spec: HelmPlanSpec, redact?: string[]): Promise<Deployed>;
  /** Helm, used by somebody else. */
  helm(spec: HelmPlanSpec, ...args: string[]): Promise<Ran>;
};

export async function startReleases(env: Record<string, string> = {}): Promise<Releases> {
  const ground = await startGround(env);
  const registry = addRegistry(ground.gateway);
  let count = 0;
  const releases: Releases = {
    ground,
    async chart(name, { version, files = {} } = {}) {
      const dir = mkdtempSync(join(tmpdir(), "berth-chart-"));
      try {
        const { helm } = await kubernetesTools();
        cpSync(join(import.meta.dirname, "charts", name), join(dir, name), { recursive: true });
        for (const [path, text] of Object.entries(files)) {
          mkdirSync(dirname(join(dir, name, path)), { recursive: true });
          writeFileSync(join(dir, name, path), text);
        }
        await promisify(execFile)(helm, ["package", join(dir, name), "-d", dir, ...(version === undefined ? [] : ["--version", version])]);
        const archive = readdirSync(dir).find((each) => each.endsWith(".tgz")) ?? "";
        return await registry.publishChart(readFileSync(join(dir, archive)));
      } finally {
        rmSync(dir, { recursive: true, force: true });
      }
    },
    release: (artifact, set = {}, more = {}) => ({
      kind: "helm.plan",
      target: `component:h${++count}`,
      artifact,
      cluster: ground.access,
      releaseName: "app",
      namespace: `${ground.namespace}-h${count}`,
      valuesFiles: [],
      set,
      overrides: [],
      storageDriver: "secret",
      takeOwnership: false,
      waitSeconds: 20,
      atomic: false,
      runTests: false,
      destroy: false,
      ...more,
    }),
    async plan(spec, redact = []) {
      const run = await ground.run(spec, { redact });
      if (!run.result.plan) throw new Error(`no plan: ${JSON.stringify(run.result.failure)}`);
      const actions = (run.job.shown?.objects ?? []).map(
        ({ group, action, address }) => `${group === "objects" ? "" : `${group}: `}${action} ${address}`,
      );
      return { ...run, actions, notes: run.job.shown?.header.notes.join("\n") ?? "" };
    },
    apply: (spec, planned, redact = []) => ground.run(applyOf(spec, planned), { redact }),
    begin: (spec, planned) => ground.gateway.assign({ spec: applyOf(spec, planned) }),
    async deploy(spec, redact = []) {
      const planned = await releases.plan(spec, redact);
      return { planned, ...(await releases.apply(spec, planned, redact)) };
    },
    helm: (spec, ...args) => runTool("helm", { kubeconfig: ground.cluster.kubeconfig, args: [...args, "--namespace", spec.namespace] }),
    [Symbol.asyncDispose]: () => ground[Symbol.asyncDispose](),
  };
  return releases;
}

function applyOf(spec: HelmPlanSpec, { result }: Planned): HelmApplySpec {
  return { ...spec, kind: "helm.apply", plan: { digest: result.plan?.digest ?? "", size: result.plan?.size ?? 0 } };
}

/** An address as plans show it: `ConfigMap settings` in the release's namespace. */
export function at(spec: HelmPlanSpec, ...names: string[]): string[] {
  return names.map((name) => name.replace(/ (\S+)$/, ` ${spec.namespace}/$1`));
}
