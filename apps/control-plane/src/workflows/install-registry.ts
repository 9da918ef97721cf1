import type { Failure } from "@berth/protocol/job-result";
import type { InstallRegistry } from "@berth/protocol/job-spec";
import { repositorySegment } from "../build/repository-name.ts";
import { asFields, outputsAt, type Fields } from "./outputs-at.ts";

export type FoundRegistry =
  | { registry?: InstallRegistry; /** Texts in it that nobody should read. */ secrets: string[] }
  | { failure: Failure };

/**
 * The registry of an install, as its sandbox's outputs tell of it: `ecr`, `acr`, `gar` or, of any other kind, `registry`. None where there is no such output.
 * @param input.tree the install's state, secrets included
 * @param input.component whose repository in it is wanted; ECR has one for all
 */
export function installRegistryOf(input: { tree: Record<string, unknown>; component: string }): FoundRegistry {
  const outputs = outputsAt(input.tree, "sandbox");
  if (!outputs) return { secrets: [] };
  for (const [name, make] of Object.entries(makers)) {
    const value = outputs[name];
    if (value === undefined || value === null) continue;
    const fields = asFields(value);
    if (!fields) return bad(name, "is not an object");
    return make(fields, { outputs, repository: repositorySegment(input.component) });
  }
  return { secrets: [] };
}

type Context = { outputs: Fields; repository: string };

const makers: Readonly<Record<"registry" | "ecr" | "acr" | "gar", (fields: Fields, context: Context) => FoundRegistry>> = {
  registry(fields, context) {
    const at = addressOf(text(fields, "url"));
    if (!at) return bad("registry", "has no usable url, e.g. https://registry.example.org");
    const [username, password] = [text(fields, "username"), text(fields, "password")];
    if ((username === undefined) !== (password === undefined)) return bad("registry", "has only one of username and password");
    const base = pathOf(text(fields, "repository")) ?? at.path;
    return {
      registry: {
        kind: "plain",
        url: at.url,
        repository: below(base, context.repository),
        ...(username === undefined ? {} : { username }),
        ...(password === undefined ? {} : { password }),
      },
      secrets: password === undefined ? [] : [password],
    };
  },
  ecr(fields, context) {
    const at = addressOf(text(fields, "repository_url"));
    if (!at || at.path === "") return bad("ecr", "has no usable repository_url, e.g. 123456789012.dkr.ecr.eu-central-1.amazonaws.com/apps");
    // <account>.dkr.ecr.<region>.amazonaws.com
    const inHost = /\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\./.exec(at.url)?.[1];
    const account = asFields(context.outputs["account"]);
    const region = inHost ?? (account && text(account, "region"));
    if (region === undefined) return bad("ecr", "has a repository_url without a region in it, and there is no output account with one");
    // One repository for all: its artifacts are told apart by tag and digest.
    return { registry: { kind: "ecr", url: at.url, repository: at.path, region }, secrets: [] };
  },
  acr(fields, context) {
    const at = addressOf(text(fields, "login_server"));
    if (!at) return bad("acr", "has no usable login_server, e.g. acme.azurecr.io");
    const tenantId = text(fields, "tenant_id");
    return {
      registry: {
        kind: "acr",
        url: at.url,
        repository: below(at.path, context.repository),
        ...(tenantId === undefined ? {} : { tenantId }),
      },
      secrets: [],
    };
  },
  gar(fields, context) {
    const at = addressOf(text(fields, "repository_url"));
    if (!at || at.path === "") return bad("gar", "has no usable repository_url, e.g. europe-west1-docker.pkg.dev/project/apps");
    return { registry: { kind: "gar", url: at.url, repository: below(at.path, context.repository) }, secrets: [] };
  },
};

/** A registry's base URL and what stands behind the host; clouds leave the scheme out. */
function addressOf(given: string | undefined): { url: string; path: string } | undefined {
  if (given === undefined) return undefined;
  const url = URL.parse(/^[a-z]+:\/\//.test(given) ? given : `https://${given}`);
  if (!url || (url.protocol !== "https:" && url.protocol !== "http:")) return undefined;
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") return undefined;
  const path = pathOf(url.pathname);
  return path === undefined ? undefined : { url: url.origin, path };
}

/** A repository's name without slashes around it; undefined where registries take no such name. */
function pathOf(given: string | undefined): string | undefined {
  const path = given?.replace(/^\/+|\/+$/g, "");
  if (path === undefined) return undefined;
  return path === "" || /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/.test(path) ? path : undefined;
}

function below(base: string, repository: string): string {
  return base === "" ? repository : `${base}/${repository}`;
}

function text(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

function bad(output: string, why: string): { failure: Failure } {
  return { failure: { reason: "spec_invalid", detail: `The output ${output} of the sandbox, which names the install's registry, ${why}` } };
}
