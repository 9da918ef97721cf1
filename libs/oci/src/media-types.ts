/** Media types of the OCI image spec, their Docker forerunners, and Berth's own. */
export const mediaTypes = {
  manifest: "application/vnd.oci.image.manifest.v1+json",
  index: "application/vnd.oci.image.index.v1+json",
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
  dockerIndex: "application/vnd.docker.distribution.manifest.list.v2+json",
  /** A reproducible tar+gzip of a directory: the one layer of a Berth artifact. */
  files: "application/vnd.berth.files.v1.tar+gzip",
} as const;

/** What an index may point to, and what a manifest request accepts. */
export const manifestMediaTypes: readonly string[] = [
  mediaTypes.manifest,
  mediaTypes.index,
  mediaTypes.dockerManifest,
  mediaTypes.dockerIndex,
];

const configPattern = /^application\/vnd\.berth\.([a-z][a-z0-9-]{0,63})\.config\.v1\+json$/;

/** The config media type of a Berth artifact of this kind, e.g. `terraform-module`. Underscores become dashes. */
export function configMediaType(kind: string): string {
  return `application/vnd.berth.${kind.replaceAll("_", "-")}.config.v1+json`;
}

/** The kind that a config media type names, or undefined where the type is not one of Berth's. */
export function kindOfConfig(mediaType: string): string | undefined {
  return configPattern.exec(mediaType)?.[1];
}
