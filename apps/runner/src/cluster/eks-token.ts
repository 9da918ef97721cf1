import type { Cluster } from "@berth/protocol/job-spec";
import { awsCredentials, type AwsOptions } from "../cloud/aws-credentials.ts";

type Eks = Extract<Cluster, { kind: "eks" }>;

/** For tests. */
export type EksOptions = AwsOptions & { now?: Date };

/** How long a token counts, as EKS' authenticator has it: 15 minutes from its signing. */
export const eksTokenSeconds = 15 * 60;

/**
 * A bearer token for an EKS cluster: a signed request to STS that the cluster makes to learn who we are. Made of the runner's AWS credentials, or those of the
 * role that the cluster names; no program of AWS is needed.
 * @throws Error where the credential chain gives none
 */
export async function eksToken(cluster: Eks, options: EksOptions = {}): Promise<string> {
  // Loaded only where EKS is used: the SDK costs tens of megabytes.
  const [{ SignatureV4 }, { Hash }] = await Promise.all([import("@smithy/signature-v4"), import("./sha256-hash.ts")]);
  const { region, name } = cluster;
  const host = region.startsWith("cn-") ? `sts.${region}.amazonaws.com.cn` : `sts.${region}.amazonaws.com`;
  const signer = new SignatureV4({ credentials: await awsCredentials(cluster, options), region, service: "sts", sha256: Hash });
  const signed = await signer.presign(
    {
      method: "GET",
      protocol: "https:",
      hostname: host,
      path: "/",
      query: { Action: "GetCallerIdentity", Version: "2011-06-15" },
      headers: { host, "x-k8s-aws-id": name },
    },
    { expiresIn: 60, ...(options.now ? { signingDate: options.now } : {}) },
  );
  const query = Object.entries(signed.query ?? {}).map(([key, value]) => `${encode(key)}=${encode(String(value))}`);
  return `k8s-aws-v1.${Buffer.from(`https://${host}/?${query.join("&")}`).toString("base64url")}`;
}

/** As the signature has it: everything but unreserved characters. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
