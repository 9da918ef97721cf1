import { createHash } from "node:crypto";
import { addressOf, kubernetesPlan, type KubernetesObject } from "@berth/plan/kubernetes";
import type { PlanObject } from "@berth/plan/model";
import type { PullSecret } from "@berth/protocol/job-spec";
import { JobFailure, type JobContext } from "../handlers/handler.ts";
import { failed, type Kubectl } from "./kubectl.ts";

/** The name under which pods find it. */
export const pullSecretName = "berth-registry";

/** Annotations of ours: whose it is, which credential it holds, and which components need it. */
const marks = { install: "berth.dev/install", credential: "berth.dev/credential", user: "user.berth.dev/" };

/** What says where and for whom the secret is. */
export type PullSecretSpec = { target: string; namespace: string; pullSecret?: PullSecret | undefined; destroy: boolean };

/** What has to be done about it, as people are shown it: nothing, mostly. */
export async function planPullSecret(ctx: JobContext, spec: PullSecretSpec, kubectl: Kubectl): Promise<PlanObject[]> {
  if (!spec.destroy && !spec.pullSecret) return [];
  const live = await read(kubectl, spec);
  const show = (before: KubernetesObject[], after: KubernetesObject[]): PlanObject[] =>
    kubernetesPlan({ before, after, defaultNamespace: spec.namespace, secretTexts: ctx.assign.redact });
  if (spec.destroy) return live && goesWith(ctx, spec, live) ? show([live], []) : [];
  refuseForeign(ctx, spec, live);
  return show(live ? [live] : [], [wanted(ctx, spec, live)]);
}

/** Writes it, and the namespace where that is missing, so that whatever starts there finds it. @throws JobFailure where a secret of this name is somebody else's */
export async function writePullSecret(ctx: JobContext, spec: PullSecretSpec, kubectl: Kubectl): Promise<void> {
  if (!spec.pullSecret) return;
  const live = await read(kubectl, spec);
  refuseForeign(ctx, spec, live);
  const namespace = await kubectl.run(["get", "namespace", spec.namespace, "--ignore-not-found", "-o", "name"]);
  if (namespace.ok && namespace.stdout.trim() === "") {
    const made = await kubectl.tell(["create", "namespace", spec.namespace]);
    if (!made.ok && !/AlreadyExists/.test(made.stderr)) throw failed("create namespace", made);
  }
  // Each component is a manager of its own: what one of them writes takes no other's mark away.
  const manager = `berth-${userMark(spec.target).slice(marks.user.length)}`;
  const file = kubectl.file([wanted(ctx, spec, undefined)]);
  const run = await kubectl.tell(["apply", "--server-side", "--force-conflicts", `--field-manager=${manager}`, "-f", file]);
  if (!run.ok) throw failed("apply", run);
}

/** Takes a component's mark off it, and deletes it with the last one. Gone already is fine. */
export async function releasePullSecret(ctx: JobContext, spec: PullSecretSpec, kubectl: Kubectl): Promise<void> {
  const live = await read(kubectl, spec);
  if (!live || !isOurs(ctx, live) || !(userMark(spec.target) in annotationsOf(live))) return;
  const at = [pullSecretName, "--namespace", spec.namespace];
  const run = goesWith(ctx, spec, live)
    ? await kubectl.tell(["delete", "secret", ...at, "--ignore-not-found"])
    : await kubectl.tell(["annotate", "secret", ...at, `${userMark(spec.target)}-`]);
  if (!run.ok && !/NotFound/.test(run.stderr)) throw failed("delete", run);
}

/** A removal that may not look at secrets has none of ours to remove: it could not have made one. */
async function read(kubectl: Kubectl, spec: PullSecretSpec): Promise<KubernetesObject | undefined> {
  const args = ["get", "secret", pullSecretName, "--namespace", spec.namespace, "--ignore-not-found"];
  try {
    return (await kubectl.objects(args))[0];
  } catch (error) {
    if (spec.destroy && error instanceof JobFailure && /forbidden/i.test(error.message)) return undefined;
    throw error;
  }
}

/** As it is to be: with the marks of others that stand on it. */
function wanted(ctx: JobContext, spec: PullSecretSpec, live: KubernetesObject | undefined): KubernetesObject {
  const { server, username, password, credential } = spec.pullSecret!;
  const auth = Buffer.from(`${username}:${password}`).toString("base64");
  const content = JSON.stringify({ auths: { [server]: { username, password, auth } } });
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: pullSecretName,
      namespace: spec.namespace,
      labels: { ...(live?.metadata as { labels?: Record<string, string> } | undefined)?.labels, "app.kubernetes.io/managed-by": "berth" },
      annotations: {
        ...(live ? annotationsOf(live) : {}),
        [marks.install]: ctx.assign.installId,
        [marks.credential]: credential,
        [userMark(spec.target)]: spec.target,
      },
    },
    type: "kubernetes.io/dockerconfigjson",
    data: { ".dockerconfigjson": Buffer.from(content).toString("base64") },
  };
}

/** Whether nobody else needs it. */
function goesWith(ctx: JobContext, spec: PullSecretSpec, live: KubernetesObject): boolean {
  const users = Object.keys(annotationsOf(live)).filter((key) => key.startsWith(marks.user));
  return isOurs(ctx, live) && users.length === 1 && users[0] === userMark(spec.target);
}

function refuseForeign(ctx: JobContext, spec: PullSecretSpec, live: KubernetesObject | undefined): void {
  if (!live || isOurs(ctx, live)) return;
  const owner = annotationsOf(live)[marks.install];
  throw new JobFailure(
    "kubernetes_failed",
    `${addressOf(live, spec.namespace)} belongs to ${owner === undefined ? "somebody else" : `install ${owner}`} and is not overwritten. Give the component another namespace, delete that secret, or turn image_pull_secret off.`,
  );
}

function isOurs(ctx: JobContext, live: KubernetesObject): boolean {
  return annotationsOf(live)[marks.install] === ctx.assign.installId;
}

function annotationsOf(object: KubernetesObject): Record<string, string> {
  return object.metadata.annotations ?? {};
}

/** Names of components may be longer than keys of annotations. */
function userMark(target: string): string {
  return `${marks.user}${createHash("sha256").update(target).digest("hex").slice(0, 16)}`;
}
