import { AppError } from "@berth/kit/errors";
import { parseReference } from "@berth/oci/reference";

/** A repository of images as a config names it. `shown` is for sentences. */
export type ImageAddress = { url: string; host: string; repository: string; tag?: string; digest?: string; shown: string };

const dockerHub = new Set(["docker.io", "index.docker.io", "registry-1.docker.io"]);

/**
 * Reads `image_url`: `nginx` and `org/app` are Docker Hub's, as `docker pull` takes them; a tag or digest in it is kept.
 * @param rules.allowLocal lets it name registries on this machine; those speak HTTP
 * @throws AppError `unprocessable`
 */
export function parseImageUrl(text: string, rules: { allowLocal: boolean }): ImageAddress {
  const refuse = (why: string): AppError => new AppError("unprocessable", `image_url ${JSON.stringify(text.slice(0, 200))} ${why}`);
  let parsed: ReturnType<typeof parseReference>;
  try {
    parsed = parseReference(text.replace(/^(https?|oci|docker):\/\//, "").replace(/\/+$/, ""));
  } catch (error) {
    throw refuse(
      `is not an image: ${error instanceof Error ? error.message : ""}. Write registry.example.org/team/app, or a name of Docker Hub`,
    );
  }
  const { registry, tag, digest } = parsed;
  const hub = registry === undefined || dockerHub.has(registry);
  const host = hub ? "docker.io" : registry;
  const repository = hub && !parsed.repository.includes("/") ? `library/${parsed.repository}` : parsed.repository;
  const local = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/.test(host);
  if (local && !rules.allowLocal) throw refuse("is on the control plane's own machine, which this one does not allow");
  return {
    url: hub ? "https://registry-1.docker.io" : `${local ? "http" : "https"}://${host}`,
    host,
    repository,
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest }),
    shown: `${host}/${repository}`,
  };
}
