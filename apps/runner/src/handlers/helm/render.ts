import type { HelmApplySpec, HelmPlanSpec } from "@berth/protocol/job-spec";
import type { ChartFiles } from "./chart-files.ts";
import { helmFailed, type Helm } from "./helm.ts";

/**
 * The documents that the chart becomes, hooks with them, rendered against the cluster: look-ups see what is there.
 * @throws JobFailure `helm_failed` with the template and line that helm names
 */
export async function renderChart(
  helm: Helm,
  spec: HelmPlanSpec | HelmApplySpec,
  input: { files: ChartFiles; isUpgrade: boolean },
): Promise<string[]> {
  const { files, isUpgrade } = input;
  const render = (more: readonly string[]) =>
    helm.run([
      "template",
      spec.releaseName,
      files.archive,
      "--namespace",
      spec.namespace,
      "--values",
      files.values,
      ...(isUpgrade ? ["--is-upgrade"] : []),
      ...more,
    ]);
  let run = await render(["--dry-run=server", ...(spec.takeOwnership ? ["--take-ownership"] : [])]);
  // Kinds that come with the chart are not there before its first install; neither is what its look-ups would find.
  if (!run.ok && /no matches for kind/.test(run.stderr)) run = await render(["--dry-run=client"]);
  if (!run.ok) throw helmFailed("template", run);
  return splitDocuments(run.stdout);
}

/** The documents of a rendering, without the comment that names their source and without empty ones. */
export function splitDocuments(text: string): string[] {
  return text
    .split(/^---[ \t]*$/m)
    .map((part) => part.replace(/^\s*# Source: .*\n/, "").trim())
    .filter((part) => part !== "" && !/^(#[^\n]*\n?)*$/.test(part))
    .map((part) => `${part}\n`);
}
