import { secretNameSchema, secretsSyncSpec, type SecretSpec } from "@berth/protocol/specs/secrets";
import type { SecretDefinition } from "@berth/toml-schema/config/inputs";
import { findConfigById } from "../../configs/find-by-id.ts";
import type { Ctx } from "../../context.ts";
import { loadTree } from "../../installs/load-tree.ts";
import { cloudOf, toldAddress } from "../../secrets/places.ts";
import { findSecrets } from "../../secrets/rows.ts";
import { clusterOf } from "../cluster-of.ts";
import { asFields } from "../outputs-at.ts";
import type { StepRow, WorkflowRow } from "../queries.ts";
import { createRenderer, type Renderer } from "../render-text.ts";
import { invalid, type RenderedJob } from "./rendered-job.ts";

/** The stores of clouds may be away for a while. */
const timeoutSeconds = 900;

/** The job that syncs an install's secrets: their names, where they are kept and where they go; nothing of their values. */
export async function renderSecrets(ctx: Ctx, { workflow, step }: { workflow: WorkflowRow; step: StepRow }): Promise<RenderedJob> {
  const config = await findConfigById(ctx, workflow.app_config_id);
  const { tree, redact } = await loadTree(ctx, { installId: workflow.install_id, config });
  const rows = await findSecrets(ctx, workflow.install_id);
  const dryRun = step.params.dry === true;
  const render = createRenderer({ where: "the secrets", tree, now: ctx.system.now() });
  // Where nothing is wanted, all that was written goes.
  const wanted = step.params.destroy ? [] : config.secrets;
  const secrets = wanted.map((secret): SecretSpec => {
    const address = toldAddress(tree, secret.name);
    const lastDigest = rows.get(secret.name)?.digest;
    if (!secretNameSchema.safeParse(secret.name).success)
      render.refuse(`name of the secret "${secret.name}" in ${secret.file}`, "letters, digits, `.`, `_` and `-`, at most 127");
    return {
      name: secret.name,
      required: secret.required,
      autoGenerate: secret.autoGenerate,
      format: secret.format,
      targets: targetsOf(secret, render),
      ...(secret.default === undefined ? {} : { default: render.text(secret.default, `default of "${secret.name}"`) }),
      ...(address ? { address } : {}),
      ...(lastDigest ? { lastDigest } : {}),
    };
  });
  const failure = render.failure();
  if (failure) return { failure };
  // Before the sandbox stands there is no cluster to look at.
  const standing = asFields(tree["sandbox"])?.["status"] !== "inactive";
  const found = step.params.noCluster || (dryRun && !standing) ? undefined : clusterOf({ config, tree, context: undefined });
  if (found && "failure" in found) return found;
  const spec = secretsSyncSpec.safeParse({
    kind: "secrets.sync",
    dryRun,
    cloud: cloudOf(tree, config.runner.runnerType),
    secrets,
    ...(found ? { cluster: found.cluster } : {}),
  });
  if (!spec.success) return invalid(`The secrets can't be synced as the config has them: ${problemsOf(spec.error.issues, secrets)}`);
  return {
    spec: spec.data,
    target: "secrets",
    redact: [...redact, ...(found?.secrets ?? [])],
    timeoutSeconds,
    buildId: null,
  };
}

function targetsOf(secret: SecretDefinition, render: Renderer): SecretSpec["targets"] {
  const where = (field: string): string => `${field} of the secret "${secret.name}" in ${secret.file}`;
  return secret.kubernetesSyncTargets.flatMap(({ namespaces, name, key }) =>
    namespaces.map((namespace) => ({
      namespace: render.text(namespace, where("Kubernetes namespace")),
      name: render.text(name, where("Kubernetes name")),
      key: render.text(key, where("Kubernetes key")),
    })),
  );
}

/** Which secret, which field. The values are of the config, and are shown. */
function problemsOf(issues: readonly { path: readonly PropertyKey[]; message: string }[], secrets: readonly SecretSpec[]): string {
  return issues
    .slice(0, 5)
    .map(({ path: [_list, index, ...rest], message }) => {
      const secret = typeof index === "number" ? secrets[index] : undefined;
      return `${secret?.name ?? ""} ${rest.join(".")}: ${message}`.trim();
    })
    .join("; ");
}
