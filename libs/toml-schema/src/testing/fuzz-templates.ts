import { compile, render } from "@berth/template/template";
import { TemplateError } from "@berth/template/errors";
import fc from "fast-check";
import { scanText } from "../references/scan.ts";
import { fuzzParameters, type FuzzInput } from "./fuzz-input.ts";
import { mutate, mutation } from "./mutate.ts";

/** What apps write, one of each sort. */
const seeds = [
  "{{ .nuon.install.id }}-{{.nuon.org.id}}",
  "https://{{ .nuon.inputs.inputs.sub_domain }}.{{ .nuon.sandbox.outputs.nuon_dns.public_domain.name }}",
  `{{ .nuon.sandbox.outputs.vpc.private_subnet_ids | join "," }} {{ index .nuon.sandbox.outputs.vpc.private_subnet_ids 0 }}`,
  `replicas: {{ ternary 1 0 (eq "true" .nuon.inputs.inputs.public) }}`,
  `{{ if gt (len .nuon.install_stack.outputs.roles) 0 }}{{ index (values .nuon.install_stack.outputs.roles) 0 }}{{ end }}`,
  `{{ with .nuon.components.db.outputs }}{{ .url | default "none" | quote }}{{ else }}-{{ end }}`,
  "{{- range $name, $component := .nuon.components }}\n{{ $name }}: {{ toJson $component }}\n{{- end }}",
  `{{ $x := index .nuon.components "db" }}{{ dig "outputs" "port" 0 $x | printf "%05d" }}`,
  `{{ define "row" }}{{ .a | upper }}{{ end }}{{ template "row" (dict "a" .nuon.install.name) }}`,
  `{{ range until 3 }}{{ if eq . 1 }}{{ continue }}{{ end }}{{ $.nuon.install.id }}{{ end }}`,
  `{{ regexReplaceAll "a(b)?" .nuon.install.name "$1" }} {{ .nuon | toYaml | fromYaml | toPrettyJson }}`,
];

const tree = {
  install: { id: "inl1", name: "acme" },
  org: { id: "org1" },
  inputs: { inputs: { sub_domain: "api", public: "true" } },
  install_stack: { outputs: { roles: { a: "arn:a" }, region: "eu-west-1" } },
  sandbox: { outputs: { vpc: { private_subnet_ids: ["a", "b"] }, nuon_dns: { public_domain: { name: "acme.example" } } } },
  components: { db: { outputs: { url: "u", port: 5432 } }, api: { outputs: {} } },
};

const slowestMs = 5000;

/**
 * Compiles, scans and renders one mutated template after the other, `runs` times or for `ms` milliseconds.
 * @param input.seed makes the same mutations again
 * @throws where one throws anything but its own error, takes too long, or points outside of the text
 */
export function fuzzTemplates(input: FuzzInput): void {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...seeds), { minLength: 1, maxLength: 3 }),
      fc.array(mutation, { maxLength: 5 }),
      (parts, mutations) => {
        const start = performance.now();
        judge(mutate(parts.join(" "), mutations));
        const took = performance.now() - start;
        if (took > slowestMs) throw new Error(`A template took ${took} ms`);
      },
    ),
    fuzzParameters(input),
  );
}

function judge(text: string): void {
  scanText(text, []);
  try {
    render(compile(text), { nuon: tree, berth: tree }, { now: new Date(0) });
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    if (error.code === "internal") throw error.cause ?? error;
    const length = text.split("\n")[error.line - 1]?.length;
    if (length === undefined || error.column < 1 || error.column > length + 1) {
      throw new Error(`${error.line}:${error.column} is not in the text: ${error.message}`, { cause: error });
    }
  }
}
