import { z } from "zod";
import type { ContainerImageComponent, ImageSource } from "../config/components.ts";
import { componentFields, normaliseCommon } from "./component-common.ts";
import { bool, choice, field, text } from "./field.ts";
import { defineKind, exclusive, type Report } from "./kind.ts";
import { asTable, type Table } from "../source/table.ts";

const imageUrl = text("The image without its tag.", { examples: ["nginx", "ghcr.io/acme/api"] });
const version = {
  tag: text("The tag. May hold templates.", { examples: ["1.27.0"] }).optional(),
  update_policy: text("A semver constraint: each build takes the highest tag that satisfies it.", {
    examples: ["~1.10.0", "^1.2"],
  }).optional(),
};
const region = text("The registry's region.", { examples: ["us-west-2"] });

const publicImage = z.looseObject({ image_url: imageUrl, ...version });
const ecrImage = z.looseObject({
  image_url: imageUrl,
  region,
  ...version,
  iam_role_arn: text("The role to assume to pull.", { examples: ["arn:aws:iam::123456789012:role/pull"] }).optional(),
  connection: text("The name of a cloud connection to pull with.").optional(),
});
const garImage = z.looseObject({
  image_url: imageUrl,
  gcp_project_id: text("The project of the registry."),
  region,
  ...version,
  service_account_email: text("The service account to pull as.").optional(),
  workload_identity_provider: text("The workload identity provider that vouches for us.").optional(),
});
const acrImage = z.looseObject({
  image_url: imageUrl,
  registry_url: text("The registry.", { examples: ["acme.azurecr.io"] }),
  ...version,
  tenant_id: text("The tenant of the service principal.").optional(),
  client_id: text("The service principal.").optional(),
  client_secret_name: text("The name of the secret with its password.").optional(),
  client_certificate_name: text("The name of the secret with its certificate.").optional(),
});

const authority = z.looseObject({
  type: field(z.enum(["keyless", "public_key"]), "Whether signatures are bound to an identity or made with a key."),
  issuer: text("The identity's issuer (keyless).", { examples: ["https://token.actions.githubusercontent.com"] }).optional(),
  subject: text("The identity, exactly (keyless).").optional(),
  subject_regexp: text("The identity as a regular expression (keyless).").optional(),
  public_key: text("The public key in PEM, or where to read it.", { include: true, examples: ["./keys/cosign.pub"] }).optional(),
});

const sources = ["public", "aws_ecr", "gcp_gar", "azure_acr"] as const;

const schema = z
  .looseObject({
    type: choice(["container_image"], "An image that exists already.", { legacyValues: { external_image: "container_image" } }),
    ...componentFields,
    public: field(publicImage, "An image anyone can pull.").optional(),
    aws_ecr: field(ecrImage, "An image in Amazon ECR.").optional(),
    gcp_gar: field(garImage, "An image in Google Artifact Registry.").optional(),
    azure_acr: field(acrImage, "An image in Azure Container Registry.").optional(),
    verification: field(
      z.looseObject({
        require_signature: bool("Refuse images without a signature of one of the authorities. Default false.").optional(),
        authorities: field(z.array(authority), "Who may sign; one of them is enough.").optional(),
      }),
      "Signature checks at build time.",
    ).optional(),
  })
  .omit({ max_auto_retries: true, skip_noops: true, auto_approve_on_policies_passing: true });

type Raw = z.output<typeof schema>;

export const containerImage = defineKind({
  type: "container-image",
  title: "Container image component",
  description: "A component that takes an existing image, so that other components can use it by digest.",
  location: "components/**/*.toml",
  schema,
  rules: (raw, report) => {
    exclusive(raw, report, { keys: sources, required: true, what: "A container image" });
    for (const key of sources) {
      const source = asTable(raw[key]);
      if (source) exclusive(source, report, { keys: ["tag", "update_policy"], required: false, what: "An image source", path: [key] });
    }
    authorityRules(raw, report);
  },
  example: `# container-image
name = "proxy"
type = "container_image"

[public]
image_url = "nginx"
tag       = "1.27.0"
`,
});

function authorityRules(raw: Table, report: Report): void {
  const authorities = asTable(raw["verification"])?.["authorities"];
  if (!Array.isArray(authorities)) return;
  for (const [index, entry] of authorities.entries()) {
    const one = asTable(entry);
    const path = ["verification", "authorities", index];
    if (one?.["type"] === "keyless") {
      if (one["issuer"] === undefined) report(path, { code: "missing_key", message: "A keyless authority needs `issuer`" });
      exclusive(one, report, { keys: ["subject", "subject_regexp"], required: true, what: "A keyless authority", path });
    } else if (one?.["type"] === "public_key" && one["public_key"] === undefined) {
      report(path, { code: "missing_key", message: "A public key authority needs `public_key`" });
    }
  }
}

export function normaliseContainerImage(raw: Raw, file: string): ContainerImageComponent {
  const source = raw.public ?? raw.aws_ecr ?? raw.gcp_gar ?? raw.azure_acr;
  return {
    type: "container_image",
    ...normaliseCommon(raw, file, { build: 900, deploy: 300 }),
    source: normaliseSource(raw),
    tag: source?.tag,
    updatePolicy: source?.update_policy,
    verification: raw.verification
      ? {
          requireSignature: raw.verification.require_signature ?? false,
          authorities: (raw.verification.authorities ?? []).map((one) =>
            one.type === "keyless"
              ? { type: one.type, issuer: one.issuer ?? "", subject: one.subject, subjectRegexp: one.subject_regexp }
              : { type: one.type, publicKey: one.public_key ?? "" },
          ),
        }
      : undefined,
  };
}

function normaliseSource(raw: Raw): ImageSource {
  const { aws_ecr: ecr, gcp_gar: gar, azure_acr: acr } = raw;
  if (ecr)
    return { kind: "aws_ecr", imageUrl: ecr.image_url, region: ecr.region, iamRoleArn: ecr.iam_role_arn, connection: ecr.connection };
  if (gar) {
    return {
      kind: "gcp_gar",
      imageUrl: gar.image_url,
      gcpProjectId: gar.gcp_project_id,
      region: gar.region,
      serviceAccountEmail: gar.service_account_email,
      workloadIdentityProvider: gar.workload_identity_provider,
    };
  }
  if (acr) {
    return {
      kind: "azure_acr",
      imageUrl: acr.image_url,
      registryUrl: acr.registry_url,
      tenantId: acr.tenant_id,
      clientId: acr.client_id,
      clientSecretName: acr.client_secret_name,
      clientCertificateName: acr.client_certificate_name,
    };
  }
  return { kind: "public", imageUrl: raw.public?.image_url ?? "" };
}
