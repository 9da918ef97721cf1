import type { InstallRegistry } from "@berth/protocol/job-spec";
import type { Problem } from "./cluster-of.ts";
import { memberOf, textOf } from "./tree.ts";

/**
 * The registry of an install as its sandbox's outputs name it: `ecr`, `acr`, `gar`, or `registry` for any other. ECR gives one repository, which everything
 * goes into; elsewhere each component has one of its own below the given name.
 */
export function installRegistry(tree: Record<string, unknown>, component: string): InstallRegistry | Problem | undefined {
  const outputs = memberOf(tree, "sandbox", "outputs");
  const own = slug(component);

  const ecr = textOf(outputs, "ecr", "repository_url");
  if (ecr !== undefined) {
    const [host = "", ...path] = ecr.replace(/^https?:\/\//, "").split("/");
    const region =
      /^\d{12}\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/.exec(host)?.[1] ?? textOf(outputs, "account", "region");
    if (path.length === 0 || region === undefined) return broken("ecr.repository_url", ecr);
    return { kind: "ecr", url: `https://${host}`, repository: path.join("/"), region };
  }
  const acr = textOf(outputs, "acr", "login_server");
  if (acr !== undefined) {
    const url = hostUrl(acr);
    const tenantId = textOf(outputs, "account", "tenant_id");
    return url
      ? { kind: "acr", url: url.origin, repository: own, ...(tenantId === undefined ? {} : { tenantId }) }
      : broken("acr.login_server", acr);
  }
  const gar = textOf(outputs, "gar", "repository_url");
  if (gar !== undefined) {
    const url = hostUrl(gar);
    return url ? { kind: "gar", url: url.origin, repository: below(url, own) } : broken("gar.repository_url", gar);
  }
  const registry = textOf(outputs, "registry", "url");
  if (registry === undefined) return undefined;
  const url = hostUrl(registry);
  if (!url) return broken("registry.url", registry);
  const base = textOf(outputs, "registry", "repository");
  const username = textOf(outputs, "registry", "username");
  const password = textOf(outputs, "registry", "password");
  return {
    kind: "plain",
    url: url.origin,
    repository: base === undefined ? below(url, own) : `${base}/${own}`,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
}

function hostUrl(text: string): URL | undefined {
  const url = URL.parse(text.includes("://") ? text : `https://${text}`);
  return url && (url.protocol === "https:" || url.protocol === "http:") && url.host !== "" ? url : undefined;
}

function below(url: URL, name: string): string {
  return [...url.pathname.split("/").filter((part) => part !== ""), name].join("/");
}

/** A repository's name may hold less than a component's. */
function slug(name: string): string {
  return (
    name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, "-")
      .replaceAll(/^-+|-+$/g, "") || "component"
  );
}

function broken(output: string, value: string): Problem {
  return { problem: `The sandbox's output "${output}" does not name a registry: ${JSON.stringify(value.slice(0, 200))}` };
}
