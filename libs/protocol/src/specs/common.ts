import { z } from "zod";

/** `sha256:<64 hex>`. */
export const digestSchema = z.string().regex(/^sha256:[0-9a-f]{64}$/, "must be sha256:<64 hex digits>");

/**
 * The registry of an install, as its sandbox's outputs name it. What is deployed is copied there first and pulled from there by everything in the
 * customer's account. `repository` is the name to copy to, without the registry's host.
 */
export const installRegistrySchema = z.discriminatedUnion("kind", [
  /** Any registry that speaks the distribution spec, with basic credentials or none. */
  z.object({
    kind: z.literal("plain"),
    url: z.url({ protocol: /^https?$/ }),
    repository: z.string().min(1),
    username: z.string().optional(),
    password: z.string().optional(),
  }),
  /** Amazon ECR; the runner gets a token through its own AWS credential chain, or in the role named. */
  z.object({
    kind: z.literal("ecr"),
    url: z.url({ protocol: /^https?$/ }),
    repository: z.string().min(1),
    region: z.string().min(1),
    roleArn: z.string().optional(),
  }),
  /** Google Artifact Registry; the runner's application default credentials. */
  z.object({ kind: z.literal("gar"), url: z.url({ protocol: /^https?$/ }), repository: z.string().min(1) }),
  /** Azure Container Registry; the runner's Azure identity, exchanged for a registry token. */
  z.object({
    kind: z.literal("acr"),
    url: z.url({ protocol: /^https?$/ }),
    repository: z.string().min(1),
    tenantId: z.string().optional(),
  }),
]);

/** An artifact to pull: by digest, with a token that can pull that repository and nothing else. */
export const artifactRefSchema = z.object({
  /** Base URL of the registry, e.g. `http://127.0.0.1:8080`. */
  registryUrl: z.url(),
  repository: z.string().min(1),
  digest: digestSchema,
  /** Bearer token for the registry, or absent for an anonymous one. */
  token: z.string().optional(),
  /** Copy it here first, unless it is there, and pull from here. */
  mirror: installRegistrySchema.optional(),
});

/** How a runner reaches a Kubernetes cluster. Certificates are base64 PEM, as cloud APIs give them. */
export const clusterSchema = z.discriminatedUnion("kind", [
  /** What the runner's operator has set up: `BERTH_KUBECONFIG`, the pod's service account, or the usual kubeconfig. */
  z.object({ kind: z.literal("ambient") }),
  z.object({ kind: z.literal("kubeconfig"), contents: z.string().min(1).max(1_000_000), context: z.string().optional() }),
  /** A token through the runner's AWS credential chain, or in the role named. */
  z.object({
    kind: z.literal("eks"),
    server: z.url(),
    certificateAuthority: z.string().optional(),
    name: z.string().min(1),
    region: z.string().min(1),
    roleArn: z.string().optional(),
  }),
  z.object({ kind: z.literal("gke"), server: z.url(), certificateAuthority: z.string().optional() }),
  z.object({ kind: z.literal("aks"), server: z.url(), certificateAuthority: z.string().optional(), tenantId: z.string().optional() }),
]);

/**
 * What the cluster pulls images from Berth's own registry with, as a secret `berth-registry` in the component's namespace. A new `credential` means a new secret:
 * the plan shows it.
 */
export const pullSecretSchema = z.object({
  credential: z.string().min(1),
  /** The registry's host, as images name it. */
  server: z.string().min(1),
  username: z.string().min(1),
  password: z.string().min(1),
});

/** The plan that an apply carries out: the bytes with this digest, nothing else. */
export const approvedPlanSchema = z.object({ digest: digestSchema, size: z.number().int().nonnegative() });

export type ArtifactRef = z.infer<typeof artifactRefSchema>;
export type InstallRegistry = z.infer<typeof installRegistrySchema>;
export type PullSecret = z.infer<typeof pullSecretSchema>;
export type Cluster = z.infer<typeof clusterSchema>;
