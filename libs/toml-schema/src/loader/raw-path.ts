import type { Path } from "../source/position.ts";
import { asTable } from "../source/table.ts";

/** Keys of the config whose TOML key is not the same in snake case; the first that the table has counts. */
const otherNames: Readonly<Record<string, readonly string[]>> = {
  timeoutSeconds: ["timeout"],
  buildTimeoutSeconds: ["build_timeout"],
  deployTimeoutSeconds: ["deploy_timeout", "timeout"],
  stabilizationWindowSeconds: ["stabilization_window"],
  cronSchedule: ["cron_schedule", "schedule"],
  repo: ["public_repo", "connected_repo"],
  installsRepo: ["installs_public_repo", "installs_connected_repo"],
  varFiles: ["var_file"],
  valuesFiles: ["values_file"],
  kind: ["type"],
  source: ["public", "aws_ecr", "gcp_gar", "azure_acr"],
  tag: ["public", "aws_ecr", "gcp_gar", "azure_acr"],
  updatePolicy: ["public", "aws_ecr", "gcp_gar", "azure_acr"],
  inputs: ["inputs", "input"],
  runMode: ["run"],
  vars: ["vars", "var"],
  envVars: ["env_vars", "env_var"],
  values: ["values", "value"],
  deployDependents: ["deploy_dependents", "deploy_dependencies"],
  kubernetesSyncTargets: ["kubernetes_sync_targets", "kubernetes_sync"],
};

/** The path in a TOML table of a path in what was made of it; as far as it can be followed. */
export function rawPath(raw: unknown, path: Path): Path {
  const found: (string | number)[] = [];
  let value = raw;
  for (const part of path) {
    const step = followPart(value, part);
    if (!step) break;
    found.push(...step.keys);
    value = step.value;
  }
  // A list of tables such as `[[var_file]]` became a list of the texts in it.
  const table = asTable(value);
  const text = table && typeof found.at(-1) === "number" ? ["contents", "path", "source"].find((key) => key in table) : undefined;
  return text === undefined ? found : [...found, text];
}

function followPart(value: unknown, part: string | number): { keys: Path; value: unknown } | undefined {
  if (Array.isArray(value)) return followList(value, part);
  const table = asTable(value);
  if (!table || typeof part !== "string") return undefined;
  const snake = part.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  for (const key of [part, snake, ...(otherNames[part] ?? [])]) if (Object.hasOwn(table, key)) return { keys: [key], value: table[key] };
  return undefined;
}

/** By index; or, in lists that became maps, by the entry that has the key or is of the name. */
function followList(list: readonly unknown[], part: string | number): { keys: Path; value: unknown } | undefined {
  if (typeof part === "number") return part < list.length ? { keys: [part], value: list[part] } : undefined;
  const index = list.findLastIndex((entry) => {
    const table = asTable(entry);
    return entry === part || (table !== undefined && (Object.hasOwn(table, part) || table["name"] === part));
  });
  if (index === -1) return undefined;
  const table = asTable(list[index]);
  if (table && Object.hasOwn(table, part)) return { keys: [index, part], value: table[part] };
  return { keys: [index], value: list[index] };
}
