import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Cluster } from "@berth/protocol/job-spec";
import { JobFailure, type JobContext } from "../handlers/handler.ts";

/** A way into a cluster for the tools of one job. */
export type OpenCluster = {
  /** What a tool needs in its environment: `KUBECONFIG`, or nothing where it finds the pod's service account by itself. */
  env: Record<string, string>;
};

/**
 * Makes a kubeconfig in the job's scratch directory; it goes away with the job.
 * @throws JobFailure `cluster_unavailable` that says what is missing
 */
export function openCluster(ctx: JobContext, cluster: Cluster): Promise<OpenCluster> {
  switch (cluster.kind) {
    case "ambient":
      return Promise.resolve({ env: ctx.config.kubeconfig === undefined ? {} : { KUBECONFIG: ctx.config.kubeconfig } });
    case "kubeconfig": {
      const path = join(ctx.journal.work, "kubeconfig");
      writeFileSync(path, cluster.contents, { mode: 0o600 });
      return Promise.resolve({ env: { KUBECONFIG: path } });
    }
    default:
      return Promise.reject(new JobFailure("cluster_unavailable", `Clusters of kind ${cluster.kind} can't be reached yet`));
  }
}
