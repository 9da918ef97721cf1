import type { ComponentType } from "../config/components.ts";

const set = (...words: string[]): ReadonlySet<string> => new Set(words);

/** What lies below `.nuon`: the first step, and the second where all of them are known. */
export const tree: Readonly<Record<string, ReadonlySet<string> | undefined>> = {
  id: set(),
  name: set(),
  org: set("id", "name", "status"),
  app: set("id", "name", "status", "variables", "secrets"),
  install: set(
    "id",
    "name",
    "public_domain",
    "internal_domain",
    "inputs",
    "sandbox",
    "secrets",
    "components",
    "labels",
    "status",
    "actions",
  ),
  inputs: set("inputs"),
  sandbox: set("status", "type", "version", "outputs", "recent_runs", "populated"),
  install_stack: set("quick_link_url", "template_url", "template_json", "checksum", "status", "outputs", "populated"),
  cloud_account: set("aws", "azure", "gcp"),
  components: undefined,
  actions: set("workflows", "populated"),
  secrets: undefined,
  runner: set("id", "runner_group_id", "status"),
  domain: set("public_domain", "internal_domain"),
};

export const componentFields = set(
  "id",
  "name",
  "type",
  "status",
  "status_description",
  "build_id",
  "component_id",
  "install_component_id",
  "outputs",
  "populated",
);
export const secretFields = set(
  "name",
  "arn",
  "exists",
  "timestamp",
  "length",
  "id",
  "kubernetes_namespace",
  "kubernetes_name",
  "kubernetes_key",
  "kubernetes_secret_namespace",
  "kubernetes_secret_name",
);

const imageFields = [
  "ref",
  "tag",
  "display_tag",
  "repository",
  "registry",
  "digest",
  "media_type",
  "size",
  "name",
  "platform",
  "platforms",
  "urls",
  "annotations",
  "artifact_type",
  "image_url",
];
const imageOutputs = { first: set("image", ...imageFields), image: set(...imageFields) };

/** Outputs by type of component, where its type says which there are. */
export const outputFields: Readonly<Partial<Record<ComponentType, { first: ReadonlySet<string>; image?: ReadonlySet<string> }>>> = {
  container_image: imageOutputs,
  docker_build: imageOutputs,
  helm_chart: { first: set("resources", "ingresses", "services", "deployments") },
};
