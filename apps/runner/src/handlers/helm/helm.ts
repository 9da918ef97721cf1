import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { HelmApplySpec, HelmPlanSpec } from "@berth/protocol/job-spec";
import type { Kubectl } from "../../cluster/kubectl.ts";
import { collectOutput, type Collected } from "../../process/collect-output.ts";
import { needTool } from "../../tools/need-tool.ts";
import { JobFailure, type JobContext } from "../handler.ts";

/** What a plan or an apply is asked to do. */
export type HelmSpec = HelmPlanSpec | HelmApplySpec;

const oldest = "3.14.0";

/** How one call ended; both outputs are whole. */
export type HelmRun = Collected;

/** helm on the job's cluster, with directories of its own: nothing of the machine's configuration, repositories or plugins. */
export type Helm = {
  /** Major version. */
  major: number;
  /** Runs helm and takes what it prints. @throws JobFailure where it cannot be run or the cluster can't be reached */
  run(args: readonly string[], options?: { log?: boolean; env?: Readonly<Record<string, string>> }): Promise<HelmRun>;
};

export async function openHelm(ctx: JobContext, spec: HelmSpec, kubectl: Kubectl): Promise<Helm> {
  const tool = await needTool(ctx, { name: "helm", atLeast: oldest });
  const home = join(ctx.journal.work, "helm");
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const env = {
    ...kubectl.env,
    HELM_CACHE_HOME: join(home, "cache"),
    HELM_CONFIG_HOME: join(home, "config"),
    HELM_DATA_HOME: join(home, "data"),
    HELM_PLUGINS: join(home, "plugins"),
    HELM_DRIVER: spec.storageDriver,
    HELM_NAMESPACE: spec.namespace,
  };
  let looks = 0;
  return {
    major: Number(tool.version.split(".")[0]),
    async run(args, { log = false, env: more = {} } = {}) {
      const ended = await collectOutput(ctx, {
        name: `helm ${args[0]}`,
        command: tool.path,
        args,
        env: { ...env, ...more },
        terminateMs: 15_000,
        // What only looks runs side by side, and ends by itself.
        childFile: log ? ctx.journal.child : join(home, `look-${++looks}.json`),
        log,
        reason: "helm_failed",
      });
      const { ok, stopped, stderr } = ended;
      if (!ok && !stopped && signsOfAbsence.test(stderr) && !/failed calling webhook/.test(stderr))
        throw new JobFailure(
          "cluster_unavailable",
          `The cluster can't be reached from the runner. Check that it runs, the network and the credentials: ${stderr.slice(0, 4000)}`,
        );
      return ended;
    },
  };
}

/** What helm says where it is the cluster that does not answer, and not what it was asked to do. */
const signsOfAbsence =
  /kubernetes cluster unreachable|cluster reachability check failed|could not get server version|connection refused|no such host|TLS handshake timeout|x509: |must be logged in to the server|asked for the client to provide credentials|getting credentials: /i;

/** A call that did not end well, as a failure with helm's own words. */
export function helmFailed(what: string, run: HelmRun): JobFailure {
  const said = run.stderr
    .split("\n")
    .filter((line) => !/^level=(WARN|INFO|DEBUG)\b/.test(line))
    .map((line) => line.replace(/^(Error: |level=\w+ msg=)/, ""))
    .join("\n")
    .trim();
  const help = hints.flatMap(([sign, hint]) => (sign.test(said) ? [` ${hint}`] : [])).join("");
  return new JobFailure(
    "helm_failed",
    `${what}: ${said === "" ? "helm ended without a word" : said.slice(0, 12_000)}${help}`,
    run.exitCode === undefined ? {} : { exitCode: run.exitCode },
  );
}

const hints: readonly (readonly [RegExp, string])[] = [
  [
    /exists and cannot be imported into the current release/,
    "Set take_ownership = true on the component to have the release take over what is there.",
  ],
  [/ is forbidden: User /, "The runner's identity may not do this in the cluster: grant it what is named here, then retry."],
  [
    /field is immutable|may not be changed|Forbidden: updates to/,
    "This field can't be changed in place: give the object another name, or delete it, then retry.",
  ],
];
