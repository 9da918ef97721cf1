import { z } from "zod";
import { operationRole, reference, repoSource, runControl, stringMap } from "./common.ts";

export const probe = z.object({
  type: z.enum(["http", "tcp", "exec"]),
  name: z.string(),
  url: z.string().optional(),
  command: z.array(z.string()).optional(),
});

/** How the health of a component is judged and whether it gates a deploy. */
export const health = z.object({
  enabled: z.boolean(),
  stabilizationWindowSeconds: z.number(),
  blockDeploy: z.boolean(),
  /** Whether the objects that a deploy makes in a cluster are looked at; absent: they are. */
  readiness: z.boolean().optional(),
  probes: z.array(probe),
  requiredChecks: z.array(z.string()),
});
export type Health = z.infer<typeof health>;

const common = {
  /** The TOML file it was read from, relative to the app directory. */
  file: z.string(),
  name: z.string(),
  /** The key under `.nuon.components` where it differs from the name. */
  varName: z.string().optional(),
  /** Explicit and referenced components (names, sorted). */
  dependencies: z.array(z.string()),
  labels: stringMap,
  operationRoles: z.array(operationRole),
  kubernetesContext: z.string().optional(),
  toggleable: z.boolean(),
  defaultEnabled: z.boolean(),
  buildTimeoutSeconds: z.number(),
  deployTimeoutSeconds: z.number(),
  health: health.optional(),
  references: z.array(reference),
  ...runControl,
};

/** Of what runs containers. */
const pulls = {
  /** The runner writes a secret `berth-registry` into the namespace, with which pods pull from Berth's own registry. */
  imagePullSecret: z.boolean().optional(),
};

const terraformComponent = z.object({
  type: z.literal("terraform_module"),
  ...common,
  terraformVersion: z.string(),
  repo: repoSource,
  vars: stringMap,
  envVars: stringMap,
  /** Contents of the variable files in order; a later one wins. */
  varFiles: z.array(z.string()),
});
/** A Terraform root module. */
export type TerraformComponent = z.infer<typeof terraformComponent>;

const helmComponent = z.object({
  type: z.literal("helm_chart"),
  ...common,
  chartName: z.string(),
  namespace: z.string(),
  /** Dotted keys, as `--set` takes them; they win over the values files. */
  values: stringMap,
  /** Contents of the values files in order; a later one wins. */
  valuesFiles: z.array(z.string()),
  repo: repoSource.optional(),
  helmRepo: z.object({ repoUrl: z.string(), chart: z.string(), version: z.string().optional() }).optional(),
  storageDriver: z.string().optional(),
  takeOwnership: z.boolean(),
  /** A deploy that fails goes back to the revision before. */
  atomic: z.boolean().optional(),
  /** The chart's tests run after each deploy. */
  runTests: z.boolean().optional(),
  ...pulls,
});
export type HelmComponent = z.infer<typeof helmComponent>;

const dockerBuildComponent = z.object({
  type: z.literal("docker_build"),
  ...common,
  dockerfile: z.string(),
  target: z.string().optional(),
  buildArgs: stringMap,
  envVars: stringMap,
  repo: repoSource,
});
export type DockerBuildComponent = z.infer<typeof dockerBuildComponent>;

const imageSource = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("public"), imageUrl: z.string() }),
  z.object({
    kind: z.literal("aws_ecr"),
    imageUrl: z.string(),
    region: z.string(),
    iamRoleArn: z.string().optional(),
    connection: z.string().optional(),
  }),
  z.object({
    kind: z.literal("gcp_gar"),
    imageUrl: z.string(),
    gcpProjectId: z.string(),
    region: z.string(),
    serviceAccountEmail: z.string().optional(),
    workloadIdentityProvider: z.string().optional(),
  }),
  z.object({
    kind: z.literal("azure_acr"),
    imageUrl: z.string(),
    registryUrl: z.string(),
    tenantId: z.string().optional(),
    clientId: z.string().optional(),
    clientSecretName: z.string().optional(),
    clientCertificateName: z.string().optional(),
  }),
]);
export type ImageSource = z.infer<typeof imageSource>;

const authority = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("keyless"),
    issuer: z.string(),
    subject: z.string().optional(),
    subjectRegexp: z.string().optional(),
  }),
  z.object({ type: z.literal("public_key"), publicKey: z.string() }),
]);

const containerImageComponent = z.object({
  type: z.literal("container_image"),
  ...common,
  source: imageSource,
  tag: z.string().optional(),
  /** A semver constraint; the highest tag that satisfies it is taken at each build. */
  updatePolicy: z.string().optional(),
  verification: z.object({ requireSignature: z.boolean(), authorities: z.array(authority) }).optional(),
});
export type ContainerImageComponent = z.infer<typeof containerImageComponent>;

const manifestComponent = z.object({
  type: z.literal("kubernetes_manifest"),
  ...common,
  namespace: z.string(),
  manifest: z.string().optional(),
  kustomize: z
    .object({
      path: z.string(),
      patches: z.array(z.string()),
      enableHelm: z.boolean(),
      loadRestrictor: z.string(),
    })
    .optional(),
  repo: repoSource.optional(),
  ...pulls,
});
export type ManifestComponent = z.infer<typeof manifestComponent>;

const pulumiComponent = z.object({
  type: z.literal("pulumi"),
  ...common,
  runtime: z.string(),
  pulumiVersion: z.string().optional(),
  config: stringMap,
  envVars: stringMap,
  repo: repoSource,
});
export type PulumiComponent = z.infer<typeof pulumiComponent>;

const jobComponent = z.object({
  type: z.literal("job"),
  ...common,
  imageUrl: z.string(),
  tag: z.string(),
  cmd: z.array(z.string()),
  args: z.array(z.string()),
  envVars: stringMap,
  ...pulls,
});
export type JobComponent = z.infer<typeof jobComponent>;

export const component = z.discriminatedUnion("type", [
  terraformComponent,
  helmComponent,
  dockerBuildComponent,
  containerImageComponent,
  manifestComponent,
  pulumiComponent,
  jobComponent,
]);
/** A unit of deployment, by `type`. */
export type Component = z.infer<typeof component>;
export type ComponentType = Component["type"];
