import { describe, expect, it } from "vitest";
import { loadApp } from "./load.ts";
import { loadFiles, terraformFile, writeApp } from "./testing/write-app.ts";

const inputsFile = `[[group]]
name = "net"
description = "Network"

[[input]]
name = "domain"
display_name = "Domain"
description = "Where"
group = "net"
`;

describe("an app that is right", () => {
  it("loads into a normalized config named after its directory, without diagnostics", async () => {
    const { config, diagnostics, lines } = await loadFiles({
      "inputs.toml": inputsFile,
      "components/network.toml": terraformFile("network", { region: "{{ .nuon.install_stack.outputs.region }}" }),
      "components/api.toml": terraformFile("api", {
        domain: "{{ .nuon.inputs.inputs.domain }}",
        subnet: "{{ .berth.components.network.outputs.subnet }}",
      }),
    });
    expect(lines).toEqual([]);
    expect(diagnostics).toEqual([]);
    expect(config).toMatchObject({
      schemaVersion: 1,
      name: "demo",
      metadata: { version: "v2" },
      sandbox: {
        kind: "terraform",
        terraformVersion: "1.13.5",
        repo: { kind: "public", repo: "acme/sandbox", directory: ".", branch: "main" },
      },
      runner: { runnerType: "aws" },
      inputs: { groups: [{ name: "net" }], inputs: [{ name: "domain", type: "string", required: false }] },
      components: [
        { name: "api", type: "terraform_module", dependencies: ["network"], deployTimeoutSeconds: 3600, file: "components/api.toml" },
        { name: "network", dependencies: [] },
      ],
    });
    expect(JSON.parse(JSON.stringify(config))).toEqual(config);
  });

  it("takes another name where one is given", async () => {
    expect((await loadFiles({}, { name: "other" })).config?.name).toBe("other");
  });
});

describe("problems", () => {
  it("says where TOML is not valid", async () => {
    const { config, lines } = await loadFiles({ "components/api.toml": 'name = "api"\ntype = = "x"\n' });
    expect(config).toBeUndefined();
    expect(lines[0]).toMatch(/^components\/api\.toml:2:8: error: .+ \[invalid_toml\]$/);
  });

  it("points at an unknown input within the template and guesses the right one", async () => {
    const { config, lines } = await loadFiles({
      "inputs.toml": inputsFile,
      "components/api.toml": terraformFile("api", {
        domain: "https://{{ .nuon.inputs.inputs.domian }}",
        other: "{{ .nuon.inputs.inputs.domain }}",
      }),
    });
    expect(config).toBeUndefined();
    expect(lines).toEqual([
      'components/api.toml:11:22: error: There is no input "domian" [unknown_input]',
      '  hint: did you mean "domain"?',
    ]);
  });

  it("shows a circle of dependencies as a path, at the reference that closes it", async () => {
    const { lines } = await loadFiles({
      "components/a.toml": terraformFile("a", { x: "{{ .nuon.components.b.outputs.x }}" }),
      "components/b.toml": terraformFile("b", { x: "{{ .nuon.components.c.outputs.x }}" }),
      "components/c.toml": terraformFile("c", {}, 'dependencies = ["a"]'),
    });
    expect(lines[0]).toBe("components/a.toml:11:9: error: Components depend on each other in a circle: a → b → c → a [dependency_cycle]");
  });

  it("reports everything at once, in the order of the files", async () => {
    const { lines } = await loadFiles({
      "metadata.toml": 'version = "v3"\n',
      "runner.toml": null,
      "components/a.toml": terraformFile("a", { x: "{{ .nuon.components.nobody.outputs.x }}" }, "max_auto_retries = true"),
      "components/b.toml": terraformFile("b", { x: "{{ .nuon.instal.id }}" }),
      "actions/run.toml": 'name = "run"\ntimeout = "5"\ntriggers = []\n[[steps]]\nname = "x"\n',
    });
    const problems = lines.filter((line) => !line.startsWith("  ")).map((line) => line.replace(/ error: .*\[/, " ["));
    expect(problems).toEqual([
      "actions/run.toml:2:11: [invalid_value]",
      "actions/run.toml:3:1: [missing_key]",
      "actions/run.toml:4:3: [missing_key]",
      "components/a.toml:4:20: [wrong_type]",
      "components/a.toml:11:9: [unknown_component]",
      "components/b.toml:11:9: [unknown_path]",
      "metadata.toml:1:11: [invalid_value]",
      "runner.toml:1:1: [missing_file]",
    ]);
  });

  it("does not blame others for what a broken file would have declared", async () => {
    const { lines } = await loadFiles({
      "components/a.toml": 'name = "a"\ntype = \n',
      "components/b.toml": terraformFile("b", { x: "{{ .nuon.components.a.outputs.x }}" }),
    });
    expect(lines.filter((line) => line.includes("error"))).toHaveLength(1);
  });

  it("throws only where there is no directory", async () => {
    await expect(loadApp({ dir: "/nowhere/at/all" })).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("forms", () => {
  it("takes inputs in one file or in directories, but not in both", async () => {
    const group = 'name = "net"\ndescription = "Network"\n';
    const input = 'name = "size"\ndisplay_name = "Size"\ndescription = "How big"\ngroup = "net"\n';
    const use = { "components/a.toml": terraformFile("a", { size: "{{ .nuon.inputs.inputs.size }}" }) };
    const directories = await loadFiles({ ...use, "input_groups/net.toml": group, "inputs/net/size.toml": input });
    expect(directories.lines).toEqual([]);
    expect(directories.config?.inputs.inputs.map((one) => one.name)).toEqual(["size"]);
    const both = await loadFiles({ ...use, "inputs.toml": inputsFile, "input_groups/other.toml": group.replace("net", "x") });
    expect(both.lines.join("\n")).toContain("[two_forms]");
  });

  it("does not count a file of nothing but comments as a form", async () => {
    const secret =
      'name = "key"\ndescription = "Key"\nkubernetes_sync = true\nkubernetes_secret_namespace = "a"\nkubernetes_secret_name = "b"\n';
    const { config, lines } = await loadFiles({ "secrets.toml": "# none yet\n", "secrets/app/key.toml": secret });
    expect(lines).toEqual([]);
    expect(config?.secrets).toMatchObject([{ name: "key", kubernetesSyncTargets: [{ namespaces: ["a"], name: "b", key: "value" }] }]);
  });

  it("reads only .toml files of directories, in the order of their names", async () => {
    await using app = await writeApp({
      "components/2-b.toml": terraformFile("b"),
      "components/1-a.toml": terraformFile("a"),
      "components/1-a/deep.toml": terraformFile("deep"),
      "components/values.yaml": "a: 1",
    });
    const { config } = await loadApp({ dir: app.dir });
    expect(config?.components.map((one) => one.name)).toEqual(["deep", "a", "b"]);
  });

  it("says that a file it does not know is not read", async () => {
    const { config, lines } = await loadFiles({ "secret.toml": "", "component/a.toml": "" });
    expect(config).toBeDefined();
    expect(lines.join("\n")).toMatch(
      /component\/a\.toml:1:1: warning: .*\n.*did you mean "components\/"\?\nsecret\.toml:1:1: warning: .*\n.*did you mean "secrets\.toml"\?/,
    );
  });
});

describe("modules that lie beside the app", () => {
  it("tell which outputs there are, in the app's directory or under its name, as a warning", async () => {
    const { config, lines } = await loadFiles({
      "components/net.toml": terraformFile("net").replace('directory = "net"', 'directory = "demo/src/net"'),
      "src/net/outputs.tf": 'output "subnet_id" {\n  value = 1\n}\n',
      "components/api.toml": terraformFile("api", {
        right: "{{ .nuon.components.net.outputs.subnet_id }}",
        wrong: "{{ .nuon.components.net.outputs.subnet }}",
        all: "{{ toJson .nuon.components.net.outputs }}",
      }),
    });
    expect(config).toBeDefined();
    expect(lines).toEqual([
      'components/api.toml:12:13: warning: There is no output "subnet" in the module of "net" [unknown_output]',
      '  hint: did you mean "subnet_id"?',
    ]);
  });
});

describe("hostile files", () => {
  it.each([
    ["braces without end", `${terraformFile("a")}x = "${"{{".repeat(200_000)}"\n`],
    ["names without end", `name = "${"x".repeat(300_000)}"\ntype = "terraform_modul"\n`],
    ["nesting without end", `x = ${"[".repeat(100_000)}\n`],
    ["keys without end", `${Array.from({ length: 30_000 }, (_, index) => `k${index} = 1`).join("\n")}\n${terraformFile("a")}`],
    ["roles without end", terraformFile("a", {}, `operation_roles = [{ operation = "deploy", role = "{{${" ".repeat(300_000)}" }]`)],
    ["blank lines without end", `\n${"\n".repeat(300_000)}name = \n`],
    ["deep YAML", `name = "m"\ntype = "kubernetes_manifest"\nnamespace = "x"\nmanifest = "${"[".repeat(200_000)}"\n`],
  ])("with %s are refused or loaded soon, and never with a crash", { timeout: 20_000 }, async (_name, text) => {
    const { diagnostics } = await loadFiles({ "components/a.toml": text });
    expect(diagnostics.length).toBeLessThanOrEqual(2010);
  });
  it("that are too large, or links to what is no file, are not read", async () => {
    const { lines } = await loadFiles({ "components/a.toml": "x".repeat(1000) }, { limits: { fileBytes: 999 } });
    expect(lines[0]).toBe("components/a.toml:1:1: error: components/a.toml is larger than 999 bytes [unreadable_file]");
  });
});
