import { describe, expect, it } from "vitest";
import { checkConfig } from "../check.ts";
import { loadFiles, terraformFile } from "../testing/write-app.ts";

const group = `[[group]]\nname = "g"\ndescription = "G"\n`;
const input = (name: string, more = "") => `[[input]]\nname = "${name}"\ndisplay_name = "N"\ndescription = "D"\ngroup = "g"\n${more}\n`;
const action = (more: string, head = "") => `name = "act"\ntimeout = "1m"\n${head}\n${more}\n[[steps]]\nname = "s"\ncommand = "true"\n`;
const manual = `[[triggers]]\ntype = "manual"\n`;
const component = terraformFile("api");
const helm = `name = "web"\ntype = "helm_chart"\nchart_name = "web-chart"\n[helm_repo]\nrepo_url = "https://charts.example.com"\nchart = "web"\n`;
const image = (more: string) => `name = "img"\ntype = "container_image"\n[public]\nimage_url = "nginx"\n${more}\n`;
const manifest = (text: string) => `name = "man"\ntype = "kubernetes_manifest"\nnamespace = "x"\nmanifest = '''\n${text}'''\n`;
const role = (type: string, more = "") =>
  `type = "${type}"\nname = "{{.nuon.install.id}}-${type}"\ndescription = "D"\n${more}\n[[policies]]\nmanaged_policy_name = "A"\n`;
const roles = Object.fromEntries(["provision", "maintenance", "deprovision"].map((type) => [`permissions/${type}.toml`, role(type)]));
const policy = (more: string) => `[[policy]]\ncontents = "package nuon"\n${more}\n`;
const runbook = (more: string) => `name = "book"\n${more}\n`;
const install = (more: string) => `name = "one"\n${more}\n`;

type Files = Record<string, string>;
/** What the files are, the code that is reported, and the place `file:line:column`. */
const cases: readonly [string, Files, string, string][] = [
  [
    "a dependency on nothing",
    { "components/a.toml": terraformFile("a", {}, 'dependencies = ["nothing"]') },
    "unknown_component",
    "components/a.toml:4:17",
  ],
  [
    "a dependency on itself",
    { "components/a.toml": terraformFile("a", {}, 'dependencies = ["a"]') },
    "self_dependency",
    "components/a.toml:4:17",
  ],
  [
    "a dependency listed twice",
    { "components/a.toml": terraformFile("a", {}, 'dependencies = ["api", "api"]'), "components/api.toml": component },
    "duplicate_dependency",
    "components/a.toml:4:24",
  ],
  [
    "a template that reads its own component",
    { "components/a.toml": terraformFile("a", { x: "{{ .nuon.components.a.outputs.x }}" }) },
    "self_reference",
    "components/a.toml:11:9",
  ],
  ["a component twice", { "components/a.toml": component, "components/b.toml": component }, "duplicate_name", "components/b.toml:1:8"],
  ["a name that is no name", { "components/a.toml": terraformFile("a/b") }, "invalid_name", "components/a.toml:1:8"],
  [
    "an output that an image does not have",
    {
      "components/img.toml": image('tag = "1"'),
      "components/a.toml": terraformFile("a", { x: "{{ .nuon.components.img.outputs.image.tga }}" }),
    },
    "unknown_output",
    "components/a.toml:11:9",
  ],
  [
    "an output that a chart does not have",
    { "components/web.toml": helm, "components/a.toml": terraformFile("a", { x: "{{ .nuon.components.web.outputs.url }}" }) },
    "unknown_output",
    "components/a.toml:11:9",
  ],
  [
    "a secret that is not declared",
    { "components/a.toml": terraformFile("a", { x: "{{ .nuon.secrets.key.arn }}" }) },
    "unknown_secret",
    "components/a.toml:11:9",
  ],
  [
    "an action that is not there",
    { "components/a.toml": terraformFile("a", { x: "{{ .nuon.actions.workflows.go.outputs.x }}" }) },
    "unknown_action",
    "components/a.toml:11:9",
  ],
  [
    "a path that is not in the tree",
    { "components/a.toml": terraformFile("a", { x: "{{ .nuon.inputz.inputs.x }}" }) },
    "unknown_path",
    "components/a.toml:11:9",
  ],
  [
    "a template with a mistake",
    { "components/a.toml": terraformFile("a", { x: "{{ if .nuon.id }}" }) },
    "invalid_template",
    "components/a.toml:11:6",
  ],
  [
    "runbook inputs outside of runbooks",
    { "components/a.toml": terraformFile("a", { x: "{{ .runbook_inputs.x }}" }) },
    "unknown_runbook_input",
    "components/a.toml:11:9",
  ],
  [
    "a repository that is none",
    { "components/a.toml": component.replace("acme/modules", "--upload-pack=x") },
    "invalid_repo",
    "components/a.toml:6:8",
  ],
  [
    "a directory out of the repository",
    { "components/a.toml": component.replace('"api"\nbranch', '"../x"\nbranch') },
    "invalid_repo",
    "components/a.toml:7:13",
  ],
  [
    "a deploy timeout of hours",
    { "components/a.toml": terraformFile("a", {}, 'deploy_timeout = "2h"') },
    "timeout_out_of_range",
    "components/a.toml:4:18",
  ],
  [
    "an always-on component that needs one that is off",
    {
      "components/a.toml": terraformFile("a", {}, 'dependencies = ["api"]'),
      "components/b.toml": terraformFile("api", {}, "toggleable = true"),
    },
    "toggle_conflict",
    "components/a.toml:4:17",
  ],
  [
    "a context that is not declared",
    { "components/a.toml": terraformFile("a", {}, 'kubernetes_context = "x"') },
    "unknown_context",
    "components/a.toml:4:22",
  ],
  [
    "a context of a chart",
    { "components/web.toml": helm, "kubernetes_contexts.toml": '[[kubernetes_context]]\nname = "x"\ncomponent = "web"\n' },
    "wrong_type",
    "kubernetes_contexts.toml:3:13",
  ],
  [
    "two sources of an image",
    { "components/a.toml": image('tag = "1"') + '[aws_ecr]\nimage_url = "x"\nregion = "y"\n' },
    "exclusive_keys",
    "components/a.toml:6:2",
  ],
  [
    "an update policy that is no range",
    { "components/a.toml": image('update_policy = "newest"') },
    "invalid_value",
    "components/a.toml:5:17",
  ],
  ["YAML that is none", { "components/a.toml": manifest("a: [1\nb: 2\n") }, "invalid_yaml", "components/a.toml:6:1"],
  ["a variable that is a number", { "components/a.toml": `${component}count = 3\n` }, "wrong_type", "components/a.toml:12:9"],

  ["a cron trigger without a schedule", { "actions/a.toml": action('[[triggers]]\ntype = "cron"\n') }, "missing_key", "actions/a.toml:4:3"],
  [
    "a schedule of six fields",
    { "actions/a.toml": action('[[triggers]]\ntype = "cron"\ncron_schedule = "* * * * * *"\n') },
    "invalid_cron",
    "actions/a.toml:6:17",
  ],
  [
    "a schedule that is none",
    { "actions/a.toml": action('[[triggers]]\ntype = "cron"\ncron_schedule = "61 * * * *"\n') },
    "invalid_cron",
    "actions/a.toml:6:17",
  ],
  [
    "a schedule that never comes",
    { "actions/a.toml": action('[[triggers]]\ntype = "cron"\ncron_schedule = "0 0 31 2 *"\n') },
    "invalid_cron",
    "actions/a.toml:6:17",
  ],
  [
    "drift every minute",
    { "components/a.toml": terraformFile("a", {}, 'drift_schedule = "* * * * *"') },
    "schedule_too_often",
    "components/a.toml:4:18",
  ],
  [
    "a trigger on no component",
    { "actions/a.toml": action('[[triggers]]\ntype = "post-deploy-component"\n') },
    "missing_key",
    "actions/a.toml:4:3",
  ],
  [
    "a trigger on a component that is not there",
    { "actions/a.toml": action('[[triggers]]\ntype = "post-deploy-component"\ncomponent_name = "apy"\n'), "components/a.toml": component },
    "unknown_component",
    "actions/a.toml:6:18",
  ],
  ["a trigger that is none", { "actions/a.toml": action('[[triggers]]\ntype = "post-deploy"\n') }, "invalid_value", "actions/a.toml:5:8"],
  ["an action of an hour", { "actions/a.toml": action(manual).replace("1m", "1h") }, "timeout_out_of_range", "actions/a.toml:2:11"],
  [
    "a role that is not declared",
    { ...roles, "actions/a.toml": action(manual, 'role = "{{.nuon.install.id}}-maintenanc"') },
    "unknown_role",
    "actions/a.toml:3:8",
  ],
  ["a step with nothing to do", { "actions/a.toml": action(manual).replace('command = "true"', "") }, "missing_key", "actions/a.toml:7:3"],
  [
    "a container action with a command",
    { "actions/a.toml": action(manual, 'image = "alpine@sha256:0"') },
    "exclusive_keys",
    "actions/a.toml:7:3",
  ],

  [
    "an input of no group",
    {
      "inputs.toml": group + input("x").replace('group = "g"', 'group = "h"'),
      "components/a.toml": terraformFile("a", { x: "{{ .nuon.inputs.inputs.x }}" }),
    },
    "unknown_group",
    "inputs.toml:8:9",
  ],
  [
    "a default of another type",
    {
      "inputs.toml": group + input("x", 'type = "number"\ndefault = "many"'),
      "components/a.toml": terraformFile("a", { x: "{{ .nuon.inputs.inputs.x }}" }),
    },
    "invalid_default",
    "inputs.toml:10:11",
  ],
  ["an input that nothing reads", { "inputs.toml": group + input("x") }, "unused_input", "inputs.toml:5:8"],
  [
    "a secret that nothing refers to",
    { "secrets.toml": '[[secret]]\nname = "k"\ndescription = "D"\n' },
    "unused_secret",
    "secrets.toml:2:8",
  ],
  [
    "a secret that is required and generated",
    { "secrets/k.toml": 'name = "k"\ndescription = "D"\nrequired = true\nauto_generate = true\n' },
    "exclusive_keys",
    "secrets/k.toml:3:1",
  ],
  [
    "a secret synced to nowhere",
    { "secrets/k.toml": 'name = "k"\ndescription = "D"\nkubernetes_sync = true\nkubernetes_secret_name = "x"\n' },
    "missing_key",
    "secrets/k.toml:3:1",
  ],

  [
    "a standard role that is missing",
    { "permissions/p.toml": role("provision"), "permissions/m.toml": role("maintenance") },
    "missing_role",
    "permissions/m.toml:1:1",
  ],
  ["a standard role twice", { ...roles, "permissions/z.toml": role("provision") }, "duplicate_role", "permissions/z.toml:1:1"],
  [
    "a role of another cloud",
    { ...roles, "permissions/c.toml": role("custom", 'cloud_platform = "gcp"') },
    "wrong_platform",
    "permissions/c.toml:4:18",
  ],
  [
    "a policy document that is no JSON",
    { ...roles, "permissions/c.toml": role("custom", 'permissions_boundary = "{"') },
    "invalid_json",
    "permissions/c.toml:4:26",
  ],
  [
    "a named policy that is not there",
    { ...roles, "permissions/c.toml": role("custom", 'named_policies = ["x"]') },
    "unknown_policy",
    "permissions/c.toml:4:19",
  ],
  [
    "a principal that is none",
    {
      ...roles,
      "operation_roles.toml":
        'type = "matrix"\n[[rules]]\nprincipal = "sandbox"\noperation = "provision"\nrole = "{{.nuon.install.id}}-provision"\n',
    },
    "invalid_principal",
    "operation_roles.toml:3:13",
  ],
  [
    "an operation that a sandbox has not",
    {
      ...roles,
      "operation_roles.toml":
        'type = "matrix"\n[[rules]]\nprincipal = "nuon::sandbox"\noperation = "deploy"\nrole = "{{.nuon.install.id}}-provision"\n',
    },
    "invalid_value",
    "operation_roles.toml:4:13",
  ],

  ["a policy for another engine", { "policies.toml": policy('type = "sandbox"') }, "wrong_engine", "policies.toml:1:3"],
  [
    "a policy that looks at nothing",
    { "policies.toml": policy('type = "terraform_module"\nengine = "opa"') },
    "missing_key",
    "policies.toml:1:3",
  ],
  [
    "a policy for a component that is not there",
    { "policies.toml": policy('type = "terraform_module"\nengine = "opa"\ncomponents = ["x"]') },
    "unknown_component",
    "policies.toml:5:15",
  ],
  [
    "a policy that is no Rego",
    { "policies.toml": policy('type = "sandbox"\nengine = "opa"').replace("package nuon", "deny") },
    "invalid_rego",
    "policies.toml:2:12",
  ],

  [
    "nested stacks of the same index",
    {
      "stack.toml":
        'type = "aws-cloudformation"\nname = "n"\ndescription = "d"\n' +
        '[[custom_nested_stacks]]\nname = "x"\ntemplate_url = "https://e.example/x"\nindex = 1\n'.repeat(2),
    },
    "duplicate_index",
    "stack.toml:11:9",
  ],
  [
    "a nested stack that reads what comes later",
    {
      "stack.toml":
        'type = "aws-cloudformation"\nname = "n"\ndescription = "d"\n[[custom_nested_stacks]]\nname = "x"\ntemplate_url = "https://e.example/x"\nindex = 1\nparameters = { A = "{{ .nuon.sandbox.outputs.x }}" }\n',
    },
    "too_early",
    "stack.toml:8:24",
  ],

  [
    "a runbook step for no component",
    { "runbooks/a.toml": runbook('[[steps]]\nname = "x"\ntype = "component_deploy"\ncomponent_name = "x"\n') },
    "unknown_component",
    "runbooks/a.toml:5:18",
  ],
  [
    "a runbook step for no action",
    { "runbooks/a.toml": runbook('[[steps]]\nname = "x"\ntype = "action"\naction_name = "x"\n') },
    "unknown_action",
    "runbooks/a.toml:5:15",
  ],
  [
    "a runbook input that is not declared",
    { "runbooks/a.toml": runbook('[[steps]]\nname = "x"\ntype = "action"\ncommand = "{{ .runbook_inputs.x }}"\n') },
    "unknown_runbook_input",
    "runbooks/a.toml:5:15",
  ],

  [
    "an install that gives an unknown input",
    { "installs/a.toml": install('[[inputs]]\nx = "1"\n') },
    "unknown_input",
    "installs/a.toml:3:1",
  ],
  [
    "an install that switches what has no switch",
    { "installs/a.toml": install("[component_toggles]\napi = false\n"), "components/a.toml": component },
    "not_toggleable",
    "installs/a.toml:3:1",
  ],
  [
    "an install that overrides with the wrong kind",
    { "installs/a.toml": install('[components.api]\nhelm_values = "a: 1"\n'), "components/a.toml": component },
    "wrong_type",
    "installs/a.toml:3:1",
  ],
  ["an install in another cloud", { "installs/a.toml": install('[gcp_account]\nregion = "x"\n') }, "wrong_platform", "installs/a.toml:2:2"],

  [
    "a branch that runs no runbook",
    { "branch.toml": 'name = "main"\npost_deploy_runbooks = ["x"]\n[public_repo]\nrepo = "a/b"\ndirectory = "."\nbranch = "main"\n' },
    "unknown_runbook",
    "branch.toml:2:25",
  ],
  [
    "a trigger for no runbook",
    { "triggers.toml": '[[rules]]\nname = "r"\ntrigger = "t"\nmatch_all = true\n[rules.target]\ntype = "runbook"\nrunbook = "x"\n' },
    "unknown_runbook",
    "triggers.toml:7:11",
  ],
];

describe("checks find", () => {
  it.each(cases)("%s", async (_name, files, code, place) => {
    const { diagnostics } = await loadFiles(files);
    expect(diagnostics.map((one) => `${one.code} ${one.file}:${one.line}:${one.column}`)).toEqual([`${code} ${place}`]);
  });
});

describe("checks leave alone", () => {
  it.each<[string, Files]>([
    [
      "what is right",
      {
        "components/a.toml": component,
        "components/web.toml": helm,
        ...roles,
        "actions/a.toml": action(manual, 'role = "{{ .nuon.install.id }}-maintenance"'),
      },
    ],
    [
      "a role that only an install can tell",
      { ...roles, "actions/a.toml": action(manual, 'role = "{{.nuon.install.id}}-{{.nuon.app.name}}"') },
    ],
    [
      "braces of other programs",
      {
        "components/a.toml": manifest("a: '{{.Names}}'\n"),
        "actions/a.toml": action(manual).replace("true", "docker ps --format '{{.Names}}'"),
      },
    ],
    [
      "a secret that a script names",
      {
        "secrets.toml": '[[secret]]\nname = "api_key"\ndescription = "D"\n',
        "actions/a.toml": action(manual).replace("true", "get api_key"),
      },
    ],
    [
      "an input that a customer gives and the stack returns",
      {
        "inputs.toml": group + input("x", "user_configurable = true"),
        "components/a.toml": terraformFile("a", { x: "{{ .nuon.install_stack.outputs.install_inputs.x }}" }),
      },
    ],
    ["comments", { "components/a.toml": `# {{ .nuon.components.nothing.outputs.x }}\n${component}` }],
    [
      "a component by its var_name",
      {
        "components/a.toml": terraformFile("my-api", {}, 'var_name = "api"'),
        "components/b.toml": terraformFile("b", { x: "{{ .nuon.components.api.outputs.x }}" }),
      },
    ],
  ])("%s", async (_name, files) => {
    const { lines, config } = await loadFiles(files);
    expect(lines).toEqual([]);
    expect(config).toBeDefined();
  });
});

describe("what is derived", () => {
  it("are dependencies by every way that a template can take to a component", async () => {
    const other = (name: string) => [`components/${name}.toml`, terraformFile(name)];
    const { config, lines } = await loadFiles({
      ...Object.fromEntries(["a", "b", "c", "d", "dash-ed"].map(other)),
      "components/z.toml": terraformFile("z", {
        index: '{{ index .nuon.components "dash-ed" "outputs" "x" }}',
        with: "{{ with .nuon.components.a }}{{ .outputs.x }}{{ end }}",
        variable: "{{ $c := .nuon.components }}{{ $c.b.outputs.x }}",
        range: "{{ range $k, $v := .nuon.components.c.outputs.list }}{{ $v }}{{ end }}",
        dig: '{{ dig "d" "outputs" "x" "" .nuon.components }}',
      }),
    });
    expect(lines).toEqual([]);
    expect(config?.components.find((one) => one.name === "z")?.dependencies).toEqual(["a", "b", "c", "d", "dash-ed"]);
  });
  it("are dependencies on all that can come before, where a template goes over all components", async () => {
    const all = { all: "{{ range $name, $component := .nuon.components }}{{ $name }}{{ end }}" };
    const { config, lines } = await loadFiles({
      "components/a.toml": terraformFile("a"),
      "components/b.toml": terraformFile("b", {}, 'dependencies = ["over"]'),
      "components/c.toml": terraformFile("c", {}, 'dependencies = ["over2"]'),
      "components/over.toml": terraformFile("over", all),
      "components/over2.toml": terraformFile("over2", all),
    });
    expect(lines).toEqual([]);
    expect(Object.fromEntries(config?.components.map((one) => [one.name, one.dependencies]) ?? [])).toEqual({
      a: [],
      b: ["over"],
      c: ["over2"],
      over: ["a", "c"],
      over2: ["a"],
    });
  });

  it("makes the component of a kubernetes context a dependency of those that use it", async () => {
    const { config } = await loadFiles({
      "components/cluster.toml": terraformFile("cluster"),
      "components/web.toml": helm.replace("[helm_repo]", 'kubernetes_context = "compute"\n[helm_repo]'),
      "kubernetes_contexts.toml": '[[kubernetes_context]]\nname = "compute"\ncomponent = "cluster"\n',
    });
    expect(config?.components.find((one) => one.name === "web")?.dependencies).toEqual(["cluster"]);
  });
});

describe("a config that was uploaded", () => {
  it("is checked again without its files, with the path in the config instead of the position", async () => {
    const { config } = await loadFiles({ "components/a.toml": component });
    if (!config) throw new Error("not loaded");
    expect(checkConfig(config)).toEqual([]);
    const [first] = config.components;
    if (first?.type !== "terraform_module") throw new Error("not loaded");
    first.vars = { x: "{{ .nuon.inputs.inputs.nothing }}" };
    first.dependencies = ["api"];
    expect(checkConfig(config).map((one) => `${one.file} ${one.message}`)).toEqual([
      'components/a.toml components.api.vars.x: There is no input "nothing"',
      'components/a.toml components.api.dependencies.api: The component "api" depends on itself',
    ]);
  });
});
