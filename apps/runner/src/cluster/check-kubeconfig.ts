import { parse, stringify } from "yaml";
import { JobFailure } from "../handlers/handler.ts";

type Tree = Record<string, unknown>;

/** Fields that would have a tool run a program, or read a file of the runner's machine. */
const refused: readonly (readonly [list: string, entry: string, field: string])[] = [
  ["users", "user", "exec"],
  ["users", "user", "auth-provider"],
  ["users", "user", "tokenFile"],
  ["users", "user", "client-certificate"],
  ["users", "user", "client-key"],
  ["clusters", "cluster", "certificate-authority"],
];

/**
 * A kubeconfig that came as an output, for use on the runner's machine: all it needs is inside.
 * @param context the context to use, where not its current one
 * @returns its text
 * @throws JobFailure `spec_invalid` that names the field
 */
export function checkKubeconfig(text: string, context?: string): string {
  let config: unknown;
  try {
    config = parse(text, { maxAliasCount: 10 });
  } catch {
    throw new JobFailure("spec_invalid", "The kubeconfig of the cluster is not YAML");
  }
  if (typeof config !== "object" || config === null || Array.isArray(config))
    throw new JobFailure("spec_invalid", "The kubeconfig of the cluster is no map");
  const tree = config as Tree;
  for (const [list, entry, field] of refused) {
    const found = asList(tree[list]).find((each) => asTree(asTree(each)[entry])[field] !== undefined);
    if (found !== undefined)
      throw new JobFailure(
        "spec_invalid",
        `The kubeconfig of the cluster has ${list}[].${entry}.${field}, which would run a program or read a file on the runner's machine. ` +
          `Put the certificate or token itself into it (${field.startsWith("client") || field.startsWith("certificate") ? `${field}-data` : "token"}).`,
      );
  }
  if (context === undefined) return text;
  const names = asList(tree["contexts"]).map((each) => asTree(each)["name"]);
  if (!names.includes(context))
    throw new JobFailure("spec_invalid", `The kubeconfig of the cluster has no context ${JSON.stringify(context)}`);
  return stringify({ ...tree, "current-context": context });
}

function asTree(value: unknown): Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Tree) : {};
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
