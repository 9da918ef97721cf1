import semver from "semver";
import type { PlanHeader, PlanObject } from "./model.ts";

type Warning = PlanHeader["warnings"][number];
type Rule = (object: PlanObject) => Warning["message"] | undefined;

const most = 100;

/** What a person should know before approving. At most 100; the last one then tells how many more there are. */
export function planWarnings(objects: readonly PlanObject[]): Warning[] {
  const found: Warning[] = [];
  for (const object of objects) {
    if (object.group === "drift" || object.group === "outputs") continue;
    for (const [code, rule] of rules) {
      const message = rule(object);
      if (message !== undefined) found.push({ code, address: object.address.slice(0, 1024), message: message.slice(0, 1024) });
    }
  }
  if (found.length <= most) return found;
  return [
    ...found.slice(0, most - 1),
    { code: "other", address: "plan", message: `${found.length - most + 1} more warnings are not listed here` },
  ];
}

const rules: readonly (readonly [string, Rule])[] = [
  ["deletes_data", deletesData],
  ["replaces", replaces],
  ["opens_to_internet", opensToInternet],
  ["downgrades", downgrades],
];

/** Kubernetes kinds that hold data, or take what holds data with them. */
const dataKinds: Readonly<Record<string, string>> = {
  PersistentVolumeClaim: "the volume behind it may go with it",
  PersistentVolume: "the volume may go with it",
  StatefulSet: "its pods stop; the volumes of its claims stay until their claims are deleted",
  Namespace: "everything in it goes with it",
  CustomResourceDefinition: "all objects of its kind, in every namespace, go with it",
};

/** Terraform types that hold data: databases, buckets, disks, file systems, queues, keys, secrets, clusters. */
const dataTypes =
  /^(aws_(db_instance|db_cluster|rds_cluster|rds_cluster_instance|dynamodb_table|s3_bucket|ebs_volume|efs_file_system|fsx_\w+|elasticache_\w+|memorydb_cluster|redshift_cluster|opensearch_domain|elasticsearch_domain|docdb_cluster|neptune_cluster|kinesis_stream|sqs_queue|msk_cluster|kms_key|secretsmanager_secret|ecr_repository|eks_cluster|backup_vault|timestream\w+)|google_(sql_database_instance|sql_database|storage_bucket|compute_disk|bigquery_(dataset|table)|spanner_(instance|database)|bigtable_(instance|table)|filestore_instance|redis_instance|alloydb_\w+|kms_crypto_key|secret_manager_secret|pubsub_\w+|container_cluster|artifact_registry_repository)|azurerm_(\w*(sql|mysql|mariadb|postgresql)\w*_(server|database|flexible_server)|storage_(account|container|share)|managed_disk|cosmosdb_\w+|redis_cache|key_vault(_key|_secret)?|kubernetes_cluster|container_registry|servicebus_\w+))$/;

function deletesData({ action, type }: PlanObject): string | undefined {
  if (action !== "delete" && action !== "replace") return undefined;
  const kind = type.split("/").at(-1) ?? "";
  const verb = action === "replace" ? "deleted and made again" : "deleted";
  if (type.includes("/") && dataKinds[kind] !== undefined) return `This ${kind} is ${verb}: ${dataKinds[kind]}`;
  return dataTypes.test(type) ? `This ${type} is ${verb}: what it holds goes with it` : undefined;
}

function replaces({ action, reason, forces }: PlanObject): string | undefined {
  if (action !== "replace") return undefined;
  const because = reason ?? (forces && forces.length > 0 ? `${forces.slice(0, 3).join(", ")} can't be changed in place` : undefined);
  return `It is deleted and made again${because === undefined ? "" : `: ${because}`}`;
}

const everyone = new Set(["0.0.0.0/0", "::/0", "0.0.0.0", "*", "Internet", "any"]);

function opensToInternet({ action, type, before, after }: PlanObject): string | undefined {
  if (action !== "create" && action !== "update" && action !== "replace") return undefined;
  const [old, now] = [asTree(before), asTree(after)];
  if (type === "v1/Service") {
    const [was, is] = [asTree(old["spec"])["type"], asTree(now["spec"])["type"]];
    if (is !== was && (is === "LoadBalancer" || is === "NodePort"))
      return `The service becomes reachable from outside of the cluster (${is})`;
  }
  if (/\/(Ingress|Gateway|HTTPRoute)$/.test(type)) {
    const gained = [...hostsOf(now)].filter((host) => !hostsOf(old).has(host));
    if (gained.length > 0) return `It serves ${gained.slice(0, 5).join(", ")} to whoever reaches the ingress`;
  }
  if (type.includes("/")) return undefined;
  const openBefore = rangesOf(old);
  const opened = [...new Set(rangesOf(now))].filter((range) => !openBefore.includes(range));
  if (opened.length > 0 && /(security_group|firewall|network_acl|security_rule|authorized_networks|cluster|access)/.test(type))
    return `It lets in everybody (${opened.join(", ")})`;
  if (now["publicly_accessible"] === true && old["publicly_accessible"] !== true) return "It becomes publicly accessible";
  const acl = now["acl"];
  if (typeof acl === "string" && acl.startsWith("public-") && old["acl"] !== acl) return `It becomes readable by everybody (${acl})`;
  return undefined;
}

function hostsOf(object: Record<string, unknown>): Set<string> {
  const spec = asTree(object["spec"]);
  const lists = [spec["rules"], spec["listeners"]].flatMap((list) =>
    asList(list).map((rule) => asTree(rule)["host"] ?? asTree(rule)["hostname"] ?? "*"),
  );
  return new Set([...lists, ...asList(spec["hostnames"])].filter((host) => typeof host === "string"));
}

/** The open address ranges anywhere in a value, apart from what only goes out. */
function rangesOf(value: unknown, key = ""): string[] {
  if (/egress|destination/.test(key)) return [];
  if (typeof value === "string") return everyone.has(value) && /cidr|source|range|address|prefix/.test(key) ? [value] : [];
  if (Array.isArray(value)) return value.flatMap((item) => rangesOf(item, key));
  if (typeof value !== "object" || value === null || asTree(value)["type"] === "egress") return [];
  return Object.entries(value).flatMap(([name, item]) => rangesOf(item, name));
}

function downgrades({ action, type, before, after }: PlanObject): string | undefined {
  if (action !== "update" && action !== "replace") return undefined;
  const versions = type.includes("/") ? imageVersions : engineVersions;
  const [old, now] = [versions(before), versions(after)];
  for (const [name, is] of now) {
    const was = old.get(name);
    const [from, to] = [semver.coerce(was), semver.coerce(is)];
    if (was !== undefined && from && to && semver.lt(to, from)) return `${name} goes back from ${was} to ${is}`;
  }
  return undefined;
}

/** Image name → tag of every container. */
function imageVersions(value: unknown): Map<string, string> {
  const found = new Map<string, string>();
  const walk = (here: unknown): void => {
    if (typeof here !== "object" || here === null) return;
    const image = Array.isArray(here) ? undefined : (here as { image?: unknown }).image;
    const match = typeof image === "string" ? /^(.+):([\w][\w.-]*)(@|$)/.exec(image) : undefined;
    if (match?.[1] !== undefined && match[2] !== undefined && /\d/.test(match[2])) found.set(match[1], match[2]);
    Object.values(here).forEach(walk);
  };
  walk(value);
  return found;
}

function engineVersions(value: unknown): Map<string, string> {
  const found = Object.entries(asTree(value)).filter(
    ([name, version]) => /^(engine_|kubernetes_|database_)?version$/.test(name) && typeof version === "string",
  );
  return new Map(found as [string, string][]);
}

function asTree(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
