import { z } from "zod";
import type { HelmComponent } from "../config/components.ts";
import { componentFields, normaliseCommon } from "./component-common.ts";
import { bool, duration, field, text, textMap } from "./field.ts";
import { defineKind, exclusive } from "./kind.ts";
import { asTable } from "../source/table.ts";
import { normaliseRepo, repoFields } from "./repo.ts";
import { driftSchedule, imagePullSecret, legacyValue, mergePairs } from "./shared.ts";

export const helmDrivers: readonly string[] = ["configmap", "secret", "nuon", "berth"];

const valuesText = "Values in YAML: inline, or where to read them (`./x.yaml`, an address, a git source). May hold templates.";

const schema = z.looseObject({
  type: field(z.literal("helm_chart"), "A Helm chart."),
  ...componentFields,
  chart_name: text("The name of the release.", { examples: ["api-server"] }),
  ...repoFields,
  helm_repo: field(
    z.looseObject({
      repo_url: text("The chart repository: `https://…` or `oci://…`.", {
        examples: ["https://charts.example.com", "oci://ghcr.io/acme/charts"],
      }),
      chart: text("The chart's name in that repository.", { examples: ["postgresql"] }),
      version: text("The chart's version; the newest without it.", { examples: ["15.2.1"] }).optional(),
    }),
    "A chart from a chart repository or an OCI registry.",
  ).optional(),
  namespace: text("The namespace of the release. Default: the install's id. May hold templates.", { examples: ["api"] }).optional(),
  values: textMap("Single values by dotted key, as `--set` takes them. They win over `values_file` and may hold templates.", {
    examples: [{ "image.tag": "{{ .nuon.components.api_image.outputs.image.tag }}" }],
  }).optional(),
  value: legacyValue,
  values_file: field(
    z.array(
      z.looseObject({
        contents: text(valuesText, { include: true, examples: ["./values/api.yaml"] }).optional(),
        path: text(valuesText, { include: true, examples: ["./values/api.yaml"] }).optional(),
        source: text(valuesText, { include: true, deprecated: "write `contents`" }).optional(),
      }),
    ),
    "Values files; a later one wins over an earlier one.",
  ).optional(),
  storage_driver: text(
    "Where Helm keeps its releases: `configmap`, `secret` or `nuon`. Default: the runner's `helm_driver`. May hold templates.",
    {
      examples: ["configmap"],
    },
  ).optional(),
  take_ownership: bool("Adopt objects that exist already. Default false.").optional(),
  atomic: bool("Go back to the revision before where a deploy fails. Default false.").optional(),
  run_tests: bool("Run the chart's tests (`helm test`) after each deploy, which fails with them. Default false.").optional(),
  image_pull_secret: imagePullSecret,
  drift_schedule: driftSchedule,
  timeout: duration("Old spelling.", { deprecated: "write `deploy_timeout`" }).optional(),
});

export const helm = defineKind({
  type: "helm",
  title: "Helm component",
  description: "A component that installs a Helm chart into the install's cluster.",
  location: "components/**/*.toml",
  schema,
  rules: (raw, report) => {
    exclusive(raw, report, { keys: ["public_repo", "connected_repo", "helm_repo"], required: true, what: "A Helm component" });
    const driver = raw["storage_driver"];
    if (typeof driver === "string" && !driver.includes("{{") && !helmDrivers.includes(driver)) {
      report(["storage_driver"], {
        code: "invalid_value",
        message: `\`storage_driver\` is one of ${helmDrivers.join(", ")}, not "${driver}"`,
      });
    }
    if (!Array.isArray(raw["values_file"])) return;
    for (const [index, entry] of raw["values_file"].entries()) {
      const table = asTable(entry);
      if (table)
        exclusive(table, report, {
          keys: ["contents", "path", "source"],
          required: true,
          what: "A values file",
          path: ["values_file", index],
        });
    }
  },
  example: `# helm
name         = "api"
type         = "helm_chart"
chart_name   = "api-server"
namespace    = "api"
dependencies = ["database"]

[public_repo]
repo      = "acme/charts"
directory = "api"
branch    = "main"

[values]
"ingress.host" = "{{ .nuon.inputs.inputs.domain }}"

[[values_file]]
contents = """
replicaCount: 2
"""
`,
});

export function normaliseHelm(raw: z.output<typeof schema>, file: string): HelmComponent {
  const { repo_url: repoUrl = "", chart = "", version } = raw.helm_repo ?? {};
  return {
    type: "helm_chart",
    ...normaliseCommon({ ...raw, deploy_timeout: raw.deploy_timeout ?? raw.timeout }, file, { build: 300, deploy: 1800 }),
    chartName: raw.chart_name,
    namespace: raw.namespace || "{{.nuon.install.id}}",
    values: mergePairs(raw.value, raw.values),
    valuesFiles: (raw.values_file ?? []).map((one) => one.contents ?? one.path ?? one.source ?? ""),
    repo: normaliseRepo(raw),
    helmRepo: raw.helm_repo ? { repoUrl, chart, version } : undefined,
    storageDriver: raw.storage_driver,
    takeOwnership: raw.take_ownership ?? false,
    ...(raw.atomic ? { atomic: true } : {}),
    ...(raw.run_tests ? { runTests: true } : {}),
    ...(raw.image_pull_secret ? { imagePullSecret: true } : {}),
  };
}
