import { z } from "zod";
import type { Path } from "../source/position.ts";
import type { TriggerRule } from "../config/delivery.ts";
import { bool, field, name, text, textList, textMap } from "./field.ts";
import { defineKind, exclusive, type Report } from "./kind.ts";
import { asTable, type Table } from "../source/table.ts";

const operators = ["eq", "neq", "in", "prefix", "suffix", "contains", "gt", "gte", "lt", "lte", "regex", "exists", "not_exists"] as const;
const limits = { rules: 100, filters: 20, inputs: 50, value: 4096 } as const;

const ruleSchema = z.looseObject({
  name: name("The rule's name, unique in the app.", ["on-release"]),
  trigger: name("The webhook that it listens to.", ["github"]),
  event_types: textList("The types of events that it reacts to.", { examples: [["release"]] }).optional(),
  match_all: bool("React to every event, instead of `event_types`. Default false.").optional(),
  filters: field(
    z.array(
      z.looseObject({
        from: field(z.enum(["payload", "headers"]), "Where to look. Default `payload`.").optional(),
        path: text("A JSONPath into the payload, or the name of a header.", { examples: ["$.action"] }),
        op: field(z.enum(operators), "How to compare."),
        value: field(z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]), "What to compare with.", {
          examples: ["published"],
        }).optional(),
      }),
    ),
    "Conditions that must all hold.",
  ).optional(),
  target: field(
    z.looseObject({
      type: field(z.enum(["runbook", "app_branch_run"]), "What to start."),
      runbook: text("The runbook to start.", { examples: ["deploy_all"] }).optional(),
      install: text("The install to run it on.").optional(),
      app_branch: text("The branch to run.", { examples: ["main"] }).optional(),
      inputs: textMap("Runbook inputs: a JSONPath into the payload for each.", {
        examples: [{ version: "$.release.tag_name" }],
      }).optional(),
    }),
    "What the rule starts.",
  ),
});

export const triggers = defineKind({
  type: "triggers",
  title: "Triggers",
  description: "Inbound webhooks and what they start.",
  location: "triggers.toml",
  schema: z.looseObject({ rules: field(z.array(ruleSchema), "The rules, at most 100.").optional() }),
  rules: (raw, report) => {
    const rules = Array.isArray(raw["rules"]) ? raw["rules"] : [];
    if (rules.length > limits.rules)
      report(["rules", limits.rules], { code: "too_many", message: `There may be at most ${limits.rules} rules` });
    for (const [index, entry] of rules.entries()) ruleRules(asTable(entry) ?? {}, report, ["rules", index]);
  },
  example: `# triggers
[[rules]]
name        = "on-release"
trigger     = "github"
event_types = ["release"]

[[rules.filters]]
path  = "$.action"
op    = "eq"
value = "published"

[rules.target]
type    = "runbook"
runbook = "deploy_and_check"
install = "acme-staging"
`,
});

function ruleRules(rule: Table, report: Report, path: Path): void {
  const all = rule["match_all"] === true;
  if (all && rule["event_types"] !== undefined) {
    report([...path, "match_all"], { code: "exclusive_keys", message: "A rule names `event_types` or has `match_all`, not both" });
  } else if (!all && (rule["event_types"] === undefined || (Array.isArray(rule["event_types"]) && rule["event_types"].length === 0))) {
    report(path, { code: "missing_key", message: "A rule needs `event_types` or `match_all = true`" });
  }
  const filters = Array.isArray(rule["filters"]) ? rule["filters"] : [];
  if (filters.length > limits.filters)
    report([...path, "filters", limits.filters], { code: "too_many", message: `A rule may have at most ${limits.filters} filters` });
  for (const [index, entry] of filters.entries()) {
    const filter = asTable(entry) ?? {};
    const { op, value } = filter;
    const at = [...path, "filters", index];
    // An `op` that is missing or wrong is the schema's to report.
    const compares = operators.some((known) => known === op && known !== "exists" && known !== "not_exists");
    if (compares && value === undefined)
      report(at, { code: "missing_key", message: `A filter with \`op = "${String(op)}"\` needs \`value\`` });
    if (typeof value === "string" && Buffer.byteLength(value) > limits.value)
      report([...at, "value"], { code: "too_many", message: `A filter's value may have at most ${limits.value} bytes` });
  }
  const target = asTable(rule["target"]);
  if (!target) return;
  const at = [...path, "target"];
  if (target["type"] === "runbook") exclusive(target, report, { keys: ["runbook"], required: true, what: "A runbook target", path: at });
  if (target["type"] === "app_branch_run")
    exclusive(target, report, { keys: ["app_branch"], required: true, what: "A branch target", path: at });
  if (Object.keys(asTable(target["inputs"]) ?? {}).length > limits.inputs) {
    report([...at, "inputs"], { code: "too_many", message: `A target may map at most ${limits.inputs} inputs` });
  }
}

export function normaliseTriggerRule(raw: z.output<typeof ruleSchema>, file: string): TriggerRule {
  return {
    file,
    name: raw.name,
    trigger: raw.trigger,
    eventTypes: raw.event_types ?? [],
    matchAll: raw.match_all ?? false,
    filters: (raw.filters ?? []).map((filter) => ({
      from: filter.from ?? "payload",
      path: filter.path,
      op: filter.op,
      value: filter.value === undefined || typeof filter.value === "string" ? filter.value : JSON.stringify(filter.value),
    })),
    target: {
      type: raw.target.type,
      runbook: raw.target.runbook,
      install: raw.target.install,
      appBranch: raw.target.app_branch,
      inputs: raw.target.inputs ?? {},
    },
  };
}
