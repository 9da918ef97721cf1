import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import { parse } from "smol-toml";
import { describe, expect, it } from "vitest";
import { checkConfig } from "./check.ts";
import { dependencyGraph } from "./graph.ts";
import { jsonSchemaFor } from "./json-schema.ts";
import { componentKinds } from "./kinds/components.ts";
import { loadApp } from "./load.ts";
import { sectionOf } from "./loader/sections.ts";

/** Real app directories, kept beside the repository. Where they are not, only the example is read. */
const corpus = join(import.meta.dirname, "../../../../shared/corpus");
const present = existsSync(corpus);
const corpusApps = present ? readdirSync(corpus).toSorted() : [];
if (!present) process.stderr.write(`!! Only the example app is read: ${corpus} with real apps is not there\n`);
const examples = join(import.meta.dirname, "../../../examples");
const directories = [...readdirSync(examples).map((app) => join(examples, app)), ...corpusApps.map((app) => join(corpus, app))];

/** Keys that real apps have by mistake, by their path in the file; anything else that is unknown to us is our mistake. */
const knownMistakes = new Set([
  "metadata: onboarding",
  "inputs: group.group",
  "action: steps.enable_kube_config",
  "container-image: max_auto_retries",
]);

/** Every warning on them, and each is right. */
const expectedWarnings = [
  ...corpusApps
    .filter((app) => !["aks-simple", "operation-roles-demo", "policies-demo", "eks-simple-kustomize"].includes(app))
    .map((app) => `${app}/metadata.toml unknown_key`),
  "aws-lambda/actions/hello.toml misplaced_key",
  "aws-lambda/actions/hello.toml misplaced_key",
  "byo-vpc/actions/simple_action.toml deprecated_value",
  "byo-vpc/components/whoami.toml wrong_header",
  "byo-vpc/inputs.toml unused_input",
  ...Array.from({ length: 8 }, () => "coder-gcp/inputs.toml deprecated_key"),
  "ecs-simple/components/0-img-whoami.toml wrong_header",
  "ecs-simple/inputs.toml unused_input",
  "mattermost/inputs.toml unknown_key",
  "policies-demo/actions/simple_action.toml deprecated_value",
  "policies-demo/inputs.toml unused_input",
  "programmable-runbook-and-readme/actions/simple_action.toml deprecated_value",
  "programmable-runbook-and-readme/components/whoami.toml wrong_header",
  "uptime-monitor/components/0-api-image.toml unknown_key",
  "uptime-monitor/components/0-ui-image.toml unknown_key",
];

describe("real apps", () => {
  it("load without an error, and every warning on them is right", async () => {
    const warnings: string[] = [];
    for (const dir of directories) {
      const app = basename(dir);
      const { config, diagnostics } = await loadApp({ dir, offline: true });
      expect(diagnostics.filter((one) => one.severity === "error")).toEqual([]);
      if (!config) throw new Error(`${app} has no config`);
      warnings.push(...diagnostics.map((one) => `${app}/${one.file} ${one.code}`));
      expect(checkConfig(config).filter((one) => one.severity === "error")).toEqual([]);
      expect(dependencyGraph(config).order).toHaveLength(config.components.length);
    }
    const expected = expectedWarnings.filter((warning) => corpusApps.includes(warning.split("/")[0] ?? ""));
    expect(warnings.toSorted()).toEqual(expected.toSorted());
    if (present) expect(corpusApps.length).toBeGreaterThanOrEqual(16);
  });

  it("have no key that is unknown to us without being a known mistake", async () => {
    const unknown = new Set<string>();
    for (const dir of directories) {
      const { diagnostics, files } = await loadApp({ dir, offline: true });
      for (const one of diagnostics.filter(({ code }) => code === "unknown_key" || code === "misplaced_key")) {
        const text = files.find((file) => file.path === one.file)?.text ?? "";
        const [, key = "", holder] = /^`([\w.]+)`(?: stands in `([\w.]+)`)?/.exec(one.message) ?? [];
        unknown.add(`${kindOf(one.file, text)}: ${holder ? `${holder}.${key}` : key}`);
      }
    }
    expect([...unknown].filter((key) => !knownMistakes.has(key))).toEqual([]);
  });

  it("have files that each pass the JSON Schema of their kind", async () => {
    const ajv = new Ajv({ strict: false });
    const validators = new Map<string, ValidateFunction>();
    let count = 0;
    for (const dir of directories) {
      const { files } = await loadApp({ dir, offline: true });
      for (const { path, text } of files.filter((file) => sectionOf(file.path) && file.path.endsWith(".toml"))) {
        const type = kindOf(path, text);
        const validate = validators.get(type) ?? ajv.compile(jsonSchemaFor(type));
        validators.set(type, validate);
        validate(parse(text));
        expect({ file: join(basename(dir), path), errors: validate.errors ?? [] }).toEqual({ file: join(basename(dir), path), errors: [] });
        count++;
      }
    }
    expect(count).toBeGreaterThanOrEqual(present ? 300 : 9);
  });
});

function kindOf(path: string, text: string): string {
  if (!path.startsWith("components/")) return sectionOf(path)?.kind.type ?? basename(path);
  const { type } = parse(text);
  return typeof type === "string" ? (componentKinds[type]?.kind.type ?? type) : basename(path);
}
