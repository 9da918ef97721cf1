import { addressOf, identityOf, type KubernetesObject } from "@berth/plan/kubernetes";
import { failed, readPrinted, type Kubectl, type KubectlRun } from "./kubectl.ts";
import { JobFailure } from "../handlers/handler.ts";
import type { PlacedObject } from "./served.ts";

/** What the server would make of the objects. */
export type Tried = { after: KubernetesObject[]; replaced: Map<string, string>; notes: string[] };

/** Kinds that hold nothing and may be deleted and made again where a field can't be changed; others only where their author says so. */
const replaceable = new Set(["Job"]);
const mayReplace = (object: KubernetesObject): boolean =>
  replaceable.has(object.kind) || object.metadata.annotations?.["berth.dev/replace"] === "true";

/**
 * Applies the objects on the server without keeping anything. What the server can't try yet, since its namespace or its kind is not there, is taken as it is written.
 * @throws JobFailure where the server refuses an object: which one, why, and what can be done
 */
export async function dryRun(
  kubectl: Kubectl,
  input: {
    wanted: readonly PlacedObject[];
    live: ReadonlyMap<string, KubernetesObject>;
    namespace: string;
    hasNamespace: boolean;
    fieldManager: string;
  },
): Promise<Tried> {
  const { namespace } = input;
  const made = new Set(input.wanted.flatMap(({ object }) => (object.kind === "Namespace" ? [object.metadata.name] : [])));
  if (!input.hasNamespace) made.add(namespace);
  const untried = ({ object, later }: PlacedObject): boolean => {
    const place = object.metadata.namespace;
    return later || (place !== undefined && made.has(place) && !existsLive(input.live, place));
  };
  const notes: string[] = [];
  const replaced = new Map<string, string>();
  const early = input.wanted.filter(untried);
  if (early.length > 0)
    notes.push(`${early.length} objects are shown as they are written: the server can check them once their namespace and kinds are there`);
  let rest = input.wanted.filter((each) => !untried(each));
  let after: KubernetesObject[] = [];
  // Each round takes out what has to be replaced, so there are no more rounds than objects.
  while (rest.length > 0) {
    const file = kubectl.file(rest.map(({ object }) => object));
    const apply = ["apply", "--server-side", "--dry-run=server", `--field-manager=${input.fieldManager}`, "-f", file, "-o", "json"];
    let run = await kubectl.run(apply);
    if (!run.ok && /conflict/i.test(run.stderr)) {
      notes.push(...conflictsOf(run));
      run = await kubectl.run([...apply, "--force-conflicts"]);
    }
    if (run.ok) {
      after = readPrinted(run.stdout);
      break;
    }
    const refused = immutables(run, rest);
    if (refused.size === 0) throw failed("apply", run);
    for (const [each, why] of refused) {
      if (!mayReplace(each.object))
        throw new JobFailure(
          "kubernetes_failed",
          `${addressOf(each.object, namespace)} can't be changed in place: ${why}. Give it another name, or annotate it with berth.dev/replace: "true" to have it deleted and made again.`,
        );
      replaced.set(addressOf(each.object, namespace), why);
    }
    rest = rest.filter((each) => !refused.has(each));
  }
  const asWritten = input.wanted
    .filter((each) => untried(each) || replaced.has(addressOf(each.object, namespace)))
    .map(({ object }) => object);
  return { after: [...after, ...asWritten], replaced, notes };
}

function existsLive(live: ReadonlyMap<string, KubernetesObject>, namespace: string): boolean {
  const object: KubernetesObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
  return live.has(identityOf(object, namespace));
}

/** Who else has set the fields that we are about to take over. */
function conflictsOf(run: KubectlRun): string[] {
  const found: string[] = [];
  // error: Apply failed with 1 conflict: conflict with "kubectl-edit" using apps/v1: .spec.replicas
  for (const match of run.stderr.matchAll(/conflicts? with "([^"]+)"[^:]*:\s*((?:\.[^\n]+|\n- \.[^\n]+)+)/g)) {
    const fields = (match[2] ?? "")
      .split(/\n- |\n/)
      .map((field) => field.trim())
      .filter((field) => field !== "");
    found.push(
      `fields that ${match[1]} has set are taken over: ${fields.slice(0, 5).join(", ")}${fields.length > 5 ? ` and ${fields.length - 5} more` : ""}`,
    );
  }
  return [...new Set(found)];
}

/** The objects that the server refuses because a field can't be changed, by what it says of them. */
function immutables(run: KubectlRun, rest: readonly PlacedObject[]): Map<PlacedObject, string> {
  const found = new Map<PlacedObject, string>();
  // The Job "x" is invalid: spec.template: Invalid value: …: field is immutable
  for (const match of run.stderr.matchAll(/The (\S+) "([^"]+)" is invalid: ([\s\S]*?)(?=\nThe \S+ "|$)/g)) {
    const [, kind, name, why = ""] = match;
    if (!/immutable|may not be changed|are forbidden|forbidden: updates to/i.test(why)) continue;
    const each = rest.find(
      ({ object }) =>
        object.metadata.name === name && (object.kind === kind || object.kind.toLowerCase() === kind?.split(".")[0]?.replace(/s$/, "")),
    );
    const field = /(?:^|\s)((?:spec|data|metadata|roleRef|provisioner|parameters)[\w.[\]]*):/.exec(why)?.[1];
    if (each) found.set(each, field === undefined ? why.slice(0, 300) : `${field} is immutable`);
  }
  return found;
}
