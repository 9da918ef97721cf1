import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "@berth/kit/errors";
import type { Cluster } from "@berth/protocol/job-spec";
import { stringify } from "yaml";
import { writeWhole } from "../durable.ts";
import { JobFailure, type JobContext } from "../handlers/handler.ts";
import { hideMore } from "../logs/redact.ts";
import { checkKubeconfig } from "./check-kubeconfig.ts";

/** A way into a cluster for the tools of one job. */
export type OpenCluster = {
  /** What a tool needs in its environment: `KUBECONFIG`, or nothing where it finds the pod's service account by itself. */
  env: Record<string, string>;
};

/** What of a job's context is needed. */
export type ClusterContext = Pick<JobContext, "config" | "env" | "http" | "signal" | "journal" | "redaction">;

/**
 * EKS' tokens last a quarter of an hour, but a machine's metadata server hands one out that ends in five minutes, and the tools read the file anew once a minute.
 * So often, a renewal that fails has a second and a third try.
 */
const renewMs = 60_000;

/**
 * Makes a kubeconfig in the job's scratch directory; it goes away with the job. Tokens of clouds lie in a file beside it, which is renewed while the job runs and
 * read again by the tools.
 * @throws JobFailure `cluster_unavailable` that says what is missing; `spec_invalid` for a kubeconfig that would run programs or read files of the runner
 */
export async function openCluster(ctx: ClusterContext, cluster: Cluster): Promise<OpenCluster> {
  switch (cluster.kind) {
    case "ambient":
      return { env: ctx.config.kubeconfig === undefined ? {} : { KUBECONFIG: ctx.config.kubeconfig } };
    case "kubeconfig": {
      const path = join(ctx.journal.work, "kubeconfig");
      const { contents, secrets } = checkKubeconfig(cluster.contents, cluster.context);
      hideMore(ctx.redaction, secrets);
      writeFileSync(path, contents, { mode: 0o600 });
      return { env: { KUBECONFIG: path } };
    }
    case "eks":
    case "gke":
    case "aks":
      return { env: { KUBECONFIG: await withToken(ctx, cluster) } };
  }
}

type CloudCluster = Extract<Cluster, { kind: "eks" | "gke" | "aks" }>;

async function withToken(ctx: ClusterContext, cluster: CloudCluster): Promise<string> {
  if (!cluster.server.startsWith("https://"))
    throw new JobFailure(
      "spec_invalid",
      `The cluster's address ${cluster.server} is not https: the runner's token would go there in the clear`,
    );
  const tokenFile = join(ctx.journal.work, "cluster-token");
  const renew = async (): Promise<void> => {
    const token = await tokenOf(ctx, cluster);
    writeWhole(tokenFile, token);
  };
  try {
    await renew();
  } catch (error) {
    throw new JobFailure(
      "cluster_unavailable",
      `The runner's identity gets no token for the cluster ${cluster.server}: ${messageOf(error)}`,
    );
  }
  const timer = setInterval(() => {
    // The old one still counts; the next tries come before it ends.
    renew().catch(() => {});
  }, renewMs).unref();
  ctx.signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  const path = join(ctx.journal.work, "kubeconfig");
  const kubeconfig = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "berth",
    contexts: [{ name: "berth", context: { cluster: "berth", user: "berth" } }],
    clusters: [
      {
        name: "berth",
        cluster: {
          server: cluster.server,
          ...(cluster.certificateAuthority === undefined ? {} : { "certificate-authority-data": cluster.certificateAuthority }),
        },
      },
    ],
    users: [{ name: "berth", user: { tokenFile } }],
  };
  writeFileSync(path, stringify(kubeconfig), { mode: 0o600 });
  return path;
}

/** What AKS' API servers are called in Entra ID, the same for all of them. */
const aksScope = "6dae42f8-4368-4678-94ff-3960e28e3630/.default";

async function tokenOf(ctx: ClusterContext, cluster: CloudCluster): Promise<string> {
  switch (cluster.kind) {
    case "eks":
      return await (await import("./eks-token.ts")).eksToken(cluster);
    case "gke":
      return await (await import("../cloud/google-token.ts")).googleToken();
    case "aks": {
      const { azureToken } = await import("../cloud/azure-token.ts");
      return await azureToken({ env: ctx.env, http: ctx.http, signal: ctx.signal }, { scope: aksScope, tenantId: cluster.tenantId });
    }
  }
}
