import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KubernetesObject } from "@berth/plan/kubernetes";
import type { Cluster } from "@berth/protocol/job-spec";
import { JobFailure, type JobContext } from "../handlers/handler.ts";
import { collectOutput, type Collected } from "../process/collect-output.ts";
import { needTool } from "../tools/need-tool.ts";
import { openCluster } from "./open-cluster.ts";

/** The oldest kubectl whose server-side apply and waiting are as we use them. */
const oldest = "1.27.0";

/** How one call ended; both outputs are whole. */
export type KubectlRun = Omit<Collected, "stopped">;

/** kubectl on the job's cluster. */
export type Kubectl = {
  /** The environment that leads to the cluster, for other tools. */
  env: Record<string, string>;
  /** Runs kubectl and takes what it prints. @throws JobFailure where it cannot be run, the job is stopped, or the cluster can't be reached */
  run(args: readonly string[]): Promise<KubectlRun>;
  /** Runs kubectl, its output into the job's log as well. */
  tell(args: readonly string[]): Promise<KubectlRun>;
  /** Runs kubectl with objects on its standard input, which `-f -` takes: what they hold lies in no file. */
  pipe(args: readonly string[], objects: readonly object[]): Promise<KubectlRun>;
  /** Runs kubectl and reads the objects it prints: of one object, of a List, or of nothing. @throws JobFailure where it does not end well */
  objects(args: readonly string[]): Promise<KubernetesObject[]>;
  /** Writes objects to a file that `-f` takes. Private to the job, gone with it. */
  file(objects: readonly object[]): string;
};

/** What may be asked of {@link openKubectl}. */
export type KubectlOptions = {
  /** Runs beside another tool of the job, which stays the one that is named as running. */
  beside?: boolean;
};

/** Opens a cluster for kubectl. @throws JobFailure `tool_missing`, `cluster_unavailable` */
export async function openKubectl(ctx: JobContext, cluster: Cluster, options: KubectlOptions = {}): Promise<Kubectl> {
  const tool = await needTool(ctx, { name: "kubectl", atLeast: oldest });
  const access = await openCluster(ctx, cluster);
  // What it finds out about clusters is kept with the runner's own things.
  const env = { ...ctx.env, KUBECACHEDIR: join(ctx.config.dir, "cache", "kube"), ...access.env };
  let files = 0;

  async function call(args: readonly string[], log: boolean, stdin?: string): Promise<KubectlRun> {
    const run = await collectOutput(ctx, {
      name: `kubectl ${args[0]}`,
      command: tool.path,
      args: ["--request-timeout=60s", ...args],
      env,
      terminateMs: 10_000,
      childFile: options.beside === true ? join(ctx.journal.work, "beside.json") : ctx.journal.child,
      log,
      reason: "kubernetes_failed",
      stdin,
    });
    if (ctx.signal.aborted) throw new JobFailure("kubernetes_failed", "");
    if (!run.ok && isUnreachable(run.stderr)) throw unreachable(run.stderr);
    return run;
  }

  const kubectl: Kubectl = {
    env,
    run: (args) => call(args, false),
    tell: (args) => call(args, true),
    pipe: (args, objects) => call(args, false, documents(objects)),
    async objects(args) {
      const run = await call([...args, "-o", "json"], false);
      if (!run.ok) throw failed(args[0] ?? "", run);
      return readPrinted(run.stdout);
    },
    file(objects) {
      const path = join(ctx.journal.work, `objects-${++files}.yaml`);
      writeFileSync(path, documents(objects), { mode: 0o600 });
      return path;
    },
  };
  return kubectl;
}

/** One document each: kubectl validates a List as if it were an object of its own. */
function documents(objects: readonly object[]): string {
  return objects.map((object) => JSON.stringify(object)).join("\n---\n");
}

/** The objects in what `-o json` prints: one object, a List, several objects one after the other, or nothing. */
export function readPrinted(text: string): KubernetesObject[] {
  if (text.trim() === "") return [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new JobFailure("kubernetes_failed", "kubectl printed something that is no JSON.");
  }
  const { kind, items } = value as { kind?: string; items?: KubernetesObject[] };
  return kind === "List" && Array.isArray(items) ? items : [value as KubernetesObject];
}

/** A call that did not end well, as a failure that tells what the server said. */
export function failed(command: string, run: KubectlRun): JobFailure {
  const said = run.stderr === "" ? "without a word" : run.stderr.slice(0, 12_000);
  if (/\(Forbidden\)|is forbidden: User/.test(run.stderr))
    return new JobFailure(
      "kubernetes_failed",
      `The runner's identity may not do this in the cluster. Grant it what is missing, then retry:\n${said}`,
    );
  return new JobFailure(
    "kubernetes_failed",
    `kubectl ${command} failed: ${said}`,
    run.exitCode === undefined ? {} : { exitCode: run.exitCode },
  );
}

const signsOfAbsence =
  /Unable to connect to the server|connection refused|no such host|i\/o timeout|TLS handshake timeout|net\/http: request canceled|context deadline exceeded|The connection to the server .* was refused|x509: |certificate signed by unknown authority|You must be logged in to the server|the server has asked for the client to provide credentials|getting credentials: /;

function isUnreachable(stderr: string): boolean {
  return signsOfAbsence.test(stderr);
}

function unreachable(stderr: string): JobFailure {
  return new JobFailure(
    "cluster_unavailable",
    `The cluster can't be reached from the runner. Check that it runs, that the network lets the runner through, and the credentials: ${stderr.slice(0, 4000)}`,
  );
}
