import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import type { HelmApplySpec, HelmPlanSpec } from "@berth/protocol/job-spec";
import type { Kubectl } from "../../cluster/kubectl.ts";
import { isAlive, type ProcessMark } from "../../process/process-mark.ts";
import { JobFailure, type JobContext } from "../handler.ts";
import type { Release } from "./release.ts";

/** Labels of a release that tell which attempt of ours has made it. */
export const labels = { job: "berth.dev/job", epoch: "berth.dev/epoch" } as const;

const pending = (release: Release): boolean => release.status.startsWith("pending-");

/**
 * Looks whether somebody is at a release, or has left it in the middle. Ours is known by its label, and dead where the attempt it names has no living process:
 * the control plane lets one job at a time write a target.
 * @returns notes for the plan
 * @throws JobFailure `release_locked` where a person has to decide
 */
export function judgeRelease(ctx: JobContext, spec: HelmPlanSpec | HelmApplySpec, release: Release | undefined): string[] {
  if (!release || !pending(release)) return [];
  const what = `Revision ${release.revision} of release ${spec.namespace}/${spec.releaseName} is ${release.status} since ${release.updated}`;
  const job = release.labels[labels.job];
  if (job === undefined)
    throw new JobFailure(
      "release_locked",
      `${what}, and not by Berth (${release.description}). If somebody is at it, wait until they are done. If that process is dead, end it by hand: ` +
        `\`helm rollback ${spec.releaseName} --namespace ${spec.namespace}\` goes back to the revision before, \`helm uninstall\` removes a first install. Then retry.`,
    );
  const epoch = release.labels[labels.epoch] ?? "";
  if (job !== ctx.assign.jobId && isAttemptAlive(ctx, `${job}.${epoch}`))
    throw new JobFailure(
      "release_locked",
      `${what}: job ${job} (attempt ${epoch}) is at it on this runner. Wait until it has ended, then retry.`,
    );
  return [`${what}, left by job ${job} (attempt ${epoch}), whose process is dead: it is marked as failed first`];
}

/**
 * Marks a revision that our own dead attempt has left pending as failed, which is what it is: Helm then goes on from there. Nothing in the cluster but the
 * record is touched.
 */
export async function releaseStuck(
  ctx: JobContext,
  spec: HelmApplySpec,
  input: { kubectl: Kubectl; release: Release | undefined },
): Promise<void> {
  const { kubectl, release } = input;
  if (!release || !pending(release)) return;
  judgeRelease(ctx, spec, release);
  const kind = spec.storageDriver;
  const name = `sh.helm.release.v1.${spec.releaseName}.v${release.revision}`;
  const [record] = await kubectl.objects(["get", kind, name, "--namespace", spec.namespace]);
  if (!record)
    throw new JobFailure("release_locked", `The record ${name} of the pending revision is not there any more. Retry to look again.`);
  const data = record["data"] as Record<string, string>;
  const job = release.labels[labels.job] ?? "";
  const changed = {
    ...record,
    metadata: { ...record.metadata, labels: { ...record.metadata.labels, status: "failed" } },
    data: {
      ...data,
      release: rewrite(data["release"] ?? "", kind, `Left pending by job ${job}, which died; marked as failed by job ${ctx.assign.jobId}`),
    },
  };
  // The record's own version goes along: whoever has changed it meanwhile wins.
  const run = await kubectl.run(["replace", "-f", kubectl.file([changed])]);
  if (!run.ok)
    throw new JobFailure(
      "release_locked",
      `The pending revision ${release.revision} could not be marked as failed: ${run.stderr.slice(0, 4000)}`,
    );
  await ctx.spool.line(
    `[berth] revision ${release.revision} was left ${release.status} by job ${job}, whose process is dead: it is marked as failed`,
  );
}

/** Helm's record: JSON, gzip, base64; in a Secret base64 once more. */
function rewrite(stored: string, kind: "secret" | "configmap", description: string): string {
  const inner = kind === "secret" ? Buffer.from(stored, "base64").toString("utf8") : stored;
  const bytes = Buffer.from(inner, "base64");
  const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const record = JSON.parse((zipped ? gunzipSync(bytes) : bytes).toString("utf8")) as { info?: Record<string, unknown> };
  const text = Buffer.from(JSON.stringify({ ...record, info: { ...record.info, status: "failed", description } }));
  const packed = (zipped ? gzipSync(text) : text).toString("base64");
  return kind === "secret" ? Buffer.from(packed).toString("base64") : packed;
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
