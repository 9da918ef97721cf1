import type { Failure } from "@berth/protocol/job-result";
import type { SecretsSyncSpec } from "@berth/protocol/job-spec";
import type { SecretReport, SecretsReport } from "@berth/protocol/specs/secrets";
import { openKubectl } from "../../cluster/kubectl.ts";
import type { Handler, HandlerResult, JobContext } from "../handler.ts";
import type { Surroundings } from "./choose-place.ts";
import { openDigester } from "./digest.ts";
import type { Writes } from "./plan-writes.ts";
import { makeSecret, readSecret, type Problem, type ReadSecret } from "./read-secret.ts";
import { reportOf } from "./report.ts";
import { createOnce, type StoreContext } from "./stores/store.ts";
import { wantedObjects } from "./wanted-objects.ts";
import { writeCluster } from "./write-cluster.ts";

/** How many secrets are read at once. */
const atOnce = 8;

/**
 * Reads the install's secrets where the customer keeps them, makes those that are to be made, and writes them into the cluster. Nothing is made or written before
 * all of them are there.
 */
export const runSync: Handler<SecretsSyncSpec> = async (ctx, spec) => {
  const { dryRun } = spec;
  const { installId } = ctx.assign;
  const digester = openDigester({ dir: ctx.config.dir, installId });
  const around: Surroundings = { cloud: spec.cloud, installId, secretsDir: ctx.config.secretsDir, env: ctx.env };
  const stores: JobContext & StoreContext = { ...ctx, once: createOnce() };

  let secrets = await inParallel(spec.secrets, (each) => readSecret(stores, { spec: each, around }));
  if (!dryRun && !secrets.some(({ problem }) => problem))
    secrets = await inParallel(secrets, (each) => (each.toMake ? makeSecret(stores, each) : Promise.resolve(each)));
  for (const { spec: each, told } of secrets) await ctx.spool.line(`[berth] ${each.name} ${told}`);

  const wrong = failureOf(secrets);
  if (wrong)
    return {
      ...outputs(
        secrets.map((each) => reportOf(each, digester)),
        [],
      ),
      failure: wrong,
    };
  const wanted = wantedObjects(secrets.map(({ spec: { name, targets }, value }) => ({ name, targets, value })));
  let writes: Pick<Writes, "changes" | "removed"> | undefined;
  if (spec.cluster) {
    const kubectl = await openKubectl(ctx, spec.cluster);
    writes = await writeCluster(ctx, { kubectl, wanted, dryRun });
  }
  const reports = secrets.map((each) => reportOf(each, digester, writes?.changes));
  await tell(ctx, { reports, dryRun, looked: writes !== undefined });
  return outputs(reports, writes?.removed ?? []);
};

function outputs(secrets: SecretReport[], removed: SecretsReport["removed"]): HandlerResult {
  return { outputs: { secrets: { value: { secrets, removed } satisfies SecretsReport, sensitive: false } } };
}

const reasons: Readonly<Record<Problem["kind"], Failure["reason"]>> = {
  refused: "secrets_refused",
  missing: "secrets_missing",
  unavailable: "secrets_unavailable",
};

/** One failure for all that is wrong, so that a person mends it in one go. A store that is away is the reason only where nothing else is. */
function failureOf(secrets: readonly ReadSecret[]): Failure | undefined {
  const bad = secrets.flatMap(({ spec, problem }) => (problem ? [{ name: spec.name, problem }] : []));
  const kind = (["refused", "missing", "unavailable"] as const).find((each) => bad.some(({ problem }) => problem.kind === each));
  if (kind === undefined) return undefined;
  const lines = bad.map(({ name, problem }) => `Secret ${name}: ${problem.text}.`);
  const end = secrets.some(({ generated }) => generated) ? "Nothing was written into the cluster." : "Nothing was made or written.";
  return { reason: reasons[kind], detail: `${lines.join("\n").slice(0, 15_000)}\n${end} Then retry.` };
}

async function tell(ctx: JobContext, input: { reports: readonly SecretReport[]; dryRun: boolean; looked: boolean }): Promise<void> {
  const would = input.dryRun ? "would be " : "";
  for (const { name, change, targets } of input.reports) {
    const told = change === "missing" ? "there is no value" : change === "unchanged" ? "unchanged" : `${would}${change}`;
    await ctx.spool.line(`[berth] ${name}: ${told}`);
    for (const target of targets) {
      const done = target.change === "created" || target.change === "updated" ? `${would}${target.change}` : words[target.change];
      await ctx.spool.line(`[berth]   ${target.key} of the Kubernetes secret ${target.namespace}/${target.name}: ${done}`);
    }
  }
  if (!input.looked) await ctx.spool.line("[berth] nothing goes into a cluster, or there is none yet");
}

const words = { unchanged: "unchanged", kept: "kept as it was written earlier", missing: "not written" } as const;

async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) results[index] = await work(items[index] as T);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return results;
}
