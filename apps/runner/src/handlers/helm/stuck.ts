import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { HelmApplySpec } from "@berth/protocol/job-spec";
import type { Kubectl } from "../../cluster/kubectl.ts";
import { isAlive, type ProcessMark } from "../../process/process-mark.ts";
import { JobFailure, type JobContext } from "../handler.ts";
import type { HelmSpec } from "./helm.ts";
import { restateRecord } from "./record.ts";
import type { Release, Revision } from "./release.ts";

/** Labels of a record that tell which attempt of ours was at it last. */
export const labels = { job: "berth.dev/job", epoch: "berth.dev/epoch" } as const;

const isBusy = ({ status }: Revision): boolean => status.startsWith("pending-") || status === "uninstalling";

/**
 * Looks whether somebody is at a release, or has left it in the middle. Ours is known by its label, and dead where the attempt it names has no living process on
 * this machine: the control plane lets one job at a time write a target. An uninstall that was begun is gone on with by another one, whoever began it.
 * @returns notes for the plan
 * @throws JobFailure `release_locked` where a person has to decide
 */
export function judgeRelease(ctx: JobContext, spec: HelmSpec, release: Release | undefined): string[] {
  const newest = release?.newest;
  if (!newest || !isBusy(newest)) return [];
  const job = newest.labels[labels.job];
  const epoch = newest.labels[labels.epoch] ?? "";
  const what = `Revision ${newest.revision} of release ${spec.namespace}/${spec.releaseName} is ${newest.status} since ${newest.updated || "an unknown time"}`;
  if (job !== undefined && job !== ctx.assign.jobId && isAttemptAlive(ctx, `${job}.${epoch}`))
    throw new JobFailure(
      "release_locked",
      `${what}: job ${job} (attempt ${epoch}) is at it on this runner. Wait until it has ended, then retry.`,
    );
  if (newest.status === "uninstalling" && spec.destroy) return [`${what}: the removal goes on from there`];
  if (job === undefined)
    throw new JobFailure("release_locked", `${what}, and not by Berth (${newest.description}). ${wayOut(spec, newest)}`);
  return [`${what}, left by job ${job} (attempt ${epoch}), whose process is dead: it is marked as failed first`];
}

function wayOut(spec: HelmSpec, { status }: Revision): string {
  const at = `${spec.releaseName} --namespace ${spec.namespace}`;
  const wait = "If somebody is at it, wait until they are done, then retry. If that process is dead, ";
  if (status === "uninstalling")
    return `${wait}decide what is to be: \`helm uninstall ${at}\` (or a teardown) ends the removal; then deploy again.`;
  if (status === "pending-install") return `${wait}\`helm uninstall ${at}\` takes away what it has made; then retry.`;
  return `${wait}\`helm rollback ${at}\` goes back to the revision before; then retry.`;
}

/**
 * Marks a revision that our own dead attempt has left in the middle as failed, which is what it is: Helm then goes on from there. Nothing in the cluster but the
 * record is touched, and that only as it was read: whoever has changed it meanwhile wins.
 */
export async function releaseStuck(
  ctx: JobContext,
  spec: HelmApplySpec,
  input: { kubectl: Kubectl; release: Release | undefined },
): Promise<void> {
  const { kubectl, release } = input;
  const newest = release?.newest;
  if (!newest || !isBusy(newest)) return;
  judgeRelease(ctx, spec, release);
  if (newest.status === "uninstalling" && spec.destroy) return;
  const { stored, revision, status } = newest;
  const job = newest.labels[labels.job] ?? "";
  const description = `Left ${status} by job ${job}, which died; marked as failed by job ${ctx.assign.jobId}`;
  const data = stored["data"] as Record<string, string>;
  const changed = {
    ...stored,
    metadata: { ...stored.metadata, labels: { ...stored.metadata.labels, status: "failed" } },
    data: { ...data, release: restateRecord(data["release"] ?? "", spec.storageDriver, { status: "failed", description }) },
  };
  const run = await kubectl.run(["replace", "-f", kubectl.file([changed])]);
  if (!run.ok)
    throw new JobFailure(
      "release_locked",
      `Revision ${revision} is ${status}, left by job ${job}, and could not be marked as failed. Retry to look again. ${run.stderr.slice(0, 4000)}`,
    );
  await ctx.spool.line(`[berth] revision ${revision} was left ${status} by job ${job}, whose process is dead: it is marked as failed`);
}

/** True where an attempt's own process, or the tool it ran, is alive on this machine. */
function isAttemptAlive(ctx: JobContext, key: string): boolean {
  const dir = join(ctx.config.dir, "jobs", key);
  if (!/^[\w-]+\.\d+$/.test(key) || !existsSync(dir) || existsSync(join(dir, "result.json"))) return false;
  return readdirSync(dir)
    .filter((name) => name === "process.json" || name === "child.json")
    .some((name) => {
      try {
        return isAlive(JSON.parse(readFileSync(join(dir, name), "utf8")) as ProcessMark);
      } catch {
        return false;
      }
    });
}
