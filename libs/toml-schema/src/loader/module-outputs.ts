import { readdirSync } from "node:fs";
import { basename, join, posix } from "node:path";
import type { RepoSource } from "../config/common.ts";
import type { Draft } from "./assemble.ts";
import { readTextFile } from "./read-file.ts";

/** Names of outputs by component (`sandbox` has a name of its own), where the module's source lies in the app's directory. */
export type ModuleOutputs = { components: ReadonlyMap<string, ReadonlySet<string>>; sandbox?: ReadonlySet<string> };

const maxFiles = 200;
const maxBytes = 1 << 20;

/**
 * Many apps keep their Terraform modules beside their TOML files. Where the directory of a repository block is there, its outputs are known, as far as the
 * working copy is what the repository will have.
 */
export function readModuleOutputs(root: string, draft: Draft): ModuleOutputs {
  const components = new Map<string, ReadonlySet<string>>();
  for (const component of draft.components) {
    const outputs = component.type === "terraform_module" ? outputsOf(root, component.repo) : undefined;
    if (outputs) components.set(component.name, outputs);
  }
  const sandbox = draft.sandbox?.kind === "terraform" ? outputsOf(root, draft.sandbox.repo) : undefined;
  return { components, ...(sandbox ? { sandbox } : {}) };
}

function outputsOf(root: string, { directory }: RepoSource): ReadonlySet<string> | undefined {
  const path = posix.normalize(directory);
  if (path === "." || path.startsWith("..") || path.startsWith("/")) return undefined;
  // The app may be the repository itself, or a directory of it that is named as here.
  const own = `${basename(root)}/`;
  const candidates = [path, ...(path.startsWith(own) ? [path.slice(own.length)] : [])];
  for (const candidate of candidates) {
    const outputs = outputsIn(join(root, candidate));
    if (outputs) return outputs;
  }
  return undefined;
}

function outputsIn(dir: string): ReadonlySet<string> | undefined {
  let names: string[];
  try {
    names = readdirSync(dir).filter((name) => name.endsWith(".tf"));
  } catch {
    return undefined;
  }
  if (names.length === 0 || names.length > maxFiles) return undefined;
  const outputs = new Set<string>();
  for (const name of names) {
    const read = readTextFile(join(dir, name), maxBytes);
    if ("failure" in read) return undefined;
    for (const [, output = ""] of read.text.matchAll(/^[ \t]*output[ \t]+"([^"\n]+)"/gm)) outputs.add(output);
  }
  return outputs;
}
