import { parse, stringify } from "yaml";
import { z } from "zod";
import { JobFailure } from "../handlers/handler.ts";

const text = z.string().optional();
const unused = z.unknown().optional();

const contextSchema = z.strictObject({ cluster: z.string(), user: text, namespace: text, extensions: unused });
const clusterSchema = z.strictObject({
  server: z.url({ protocol: /^https?$/ }),
  "certificate-authority-data": text,
  "tls-server-name": text,
  "insecure-skip-tls-verify": z.boolean().optional(),
  "proxy-url": text,
  "disable-compression": z.boolean().optional(),
  extensions: unused,
});
const userSchema = z.strictObject({
  token: text,
  "client-certificate-data": text,
  "client-key-data": text,
  username: text,
  password: text,
  as: text,
  "as-uid": text,
  "as-groups": z.array(z.string()).optional(),
  "as-user-extra": z.record(z.string(), z.array(z.string())).optional(),
  extensions: unused,
});
/** All that a kubeconfig may hold here. Fields that would have a tool run a program or open a file of the runner's machine are not among them. */
const configSchema = z.object({
  "current-context": text,
  contexts: z.array(z.object({ name: z.string(), context: contextSchema })).default([]),
  clusters: z.array(z.object({ name: z.string(), cluster: clusterSchema })).default([]),
  users: z.array(z.object({ name: z.string(), user: userSchema.nullish() })).default([]),
});

/** What to give in the place of a field that names a program or a file. */
const instead: Readonly<Record<string, string>> = {
  exec: "a token",
  "auth-provider": "a token",
  tokenFile: "token",
  "client-certificate": "client-certificate-data",
  "client-key": "client-key-data",
  "certificate-authority": "certificate-authority-data",
};

/**
 * A kubeconfig that came as an output, for use on the runner's machine. It is not passed on but written anew, from fields that are known to be harmless: another
 * reader of YAML may see in the same text what ours does not.
 * @param context the context to use, where not its current one
 * @returns a kubeconfig of that context alone, and the values in it that are secret
 * @throws JobFailure `spec_invalid` that names the field
 */
export function checkKubeconfig(contents: string, context?: string): { contents: string; secrets: string[] } {
  const { contexts, clusters, users, "current-context": current } = readConfig(contents);
  const name = context ?? current ?? "";
  const chosen = contexts.find((each) => each.name === name)?.context;
  if (!chosen && name === "") throw refuse("names no current-context");
  if (!chosen) throw refuse(`has no context ${JSON.stringify(name)}; it has ${contexts.map((each) => each.name).join(", ") || "none"}`);
  const cluster = clusters.find((each) => each.name === chosen.cluster)?.cluster;
  if (!cluster) throw refuse(`has no cluster ${JSON.stringify(chosen.cluster)}, which its context ${JSON.stringify(name)} names`);
  const user = users.find((each) => each.name === chosen.user)?.user ?? {};
  const { namespace } = chosen;
  return {
    contents: stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "berth",
      contexts: [{ name: "berth", context: { cluster: "berth", user: "berth", ...(namespace === undefined ? {} : { namespace }) } }],
      clusters: [{ name: "berth", cluster: { ...cluster, extensions: undefined } }],
      users: [{ name: "berth", user: { ...user, extensions: undefined } }],
    }),
    secrets: [user.token, user.password, user["client-key-data"]].filter((each) => each !== undefined),
  };
}

function readConfig(contents: string): z.infer<typeof configSchema> {
  let value: unknown;
  try {
    value = parse(contents, { maxAliasCount: 10, merge: true });
  } catch {
    throw refuse("is not YAML");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw refuse("is no map");
  const parsed = configSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = (issue?.path ?? []).map((each) => (typeof each === "number" ? "[]" : `.${String(each)}`)).join("");
  if (issue?.code !== "unrecognized_keys") throw refuse(`has something wrong at ${path.slice(1)}: ${issue?.message}`);
  const [field = ""] = issue.keys;
  const way = instead[field];
  throw refuse(
    way === undefined
      ? `has ${path.slice(1)}.${field}, which is not known here. Leave it out.`
      : `has ${path.slice(1)}.${field}, which would run a program or read a file on the runner's machine. Put ${way} into it.`,
  );
}

function refuse(what: string): JobFailure {
  return new JobFailure("spec_invalid", `The kubeconfig of the cluster ${what}`);
}
