import { describe, expect, it } from "vitest";
import { loadFiles, terraformFile } from "../testing/write-app.ts";

const action = (trigger: string, step = "", head = "") =>
  `name = "act"\ntimeout = "1m"\n${head}[[triggers]]\n${trigger}\n[[steps]]\nname = "s"\ncommand = "true"\n${step}`;
const helm = (more: string) =>
  `${more}name = "web"\ntype = "helm_chart"\nchart_name = "web"\n[helm_repo]\nrepo_url = "oci://x.example/y"\nchart = "web"\n`;

describe("unknown keys", () => {
  it("are warnings with the key that was meant", async () => {
    const { config, lines } = await loadFiles({
      "components/a.toml": terraformFile("a", {}, "dependancies = []\ndrift_scheduel = '0 0 * * *'"),
    });
    expect(config).toBeDefined();
    expect(lines).toEqual([
      "components/a.toml:4:1: warning: `dependancies` is not a known key; it is ignored [unknown_key]",
      '  hint: did you mean "dependencies"?',
      "components/a.toml:5:1: warning: `drift_scheduel` is not a known key; it is ignored [unknown_key]",
      '  hint: did you mean "drift_schedule"?',
    ]);
  });
  it("that belong above the first table are told where to go", async () => {
    const { lines } = await loadFiles({ "actions/a.toml": action('type = "manual"', "enable_kube_config = false\n") });
    expect(lines).toEqual([
      "actions/a.toml:8:1: warning: `enable_kube_config` stands in `steps`, where it means nothing [misplaced_key]",
      "  hint: move it to the top of the file, above the first [table]",
    ]);
  });
  it("of tables are reported once, not for every key below", async () => {
    const { lines } = await loadFiles({ "metadata.toml": 'version = "v2"\n[onboarding]\nenabled = true\ncategory = "x"\n' });
    expect(lines).toEqual(["metadata.toml:2:2: warning: `onboarding` is not a known key; it is ignored [unknown_key]"]);
  });
});

describe("a slip of the pen", () => {
  it("in a component's type does not hide what else is wrong in its file", async () => {
    const { config, lines } = await loadFiles({
      "components/a.toml": terraformFile("a", {}, "drift_scheduel = '0 0 * * *'").replace("terraform_module", "terraform_modul"),
      "components/b.toml": terraformFile("b", { v: "{{ .nuon.components.a.outputs.x }}" }),
    });
    expect(config).toBeUndefined();
    expect(lines).toEqual([
      expect.stringMatching(/^components\/a\.toml:2:8: error: `type` is one of .*, not "terraform_modul" \[invalid_value\]$/),
      '  hint: did you mean "terraform_module"?',
      "components/a.toml:4:1: warning: `drift_scheduel` is not a known key; it is ignored [unknown_key]",
      '  hint: did you mean "drift_schedule"?',
    ]);
  });
  it("in the name of a table that is there already is shown, too", async () => {
    const inputs = `[[groups]]\nname = "a"\n[[group]]\nname = "g"\ndescription = "G"\n`;
    const { lines } = await loadFiles({ "inputs.toml": inputs });
    expect(lines.slice(0, 2)).toEqual([
      "inputs.toml:1:3: warning: `groups` is not a known key; it is ignored [unknown_key]",
      '  hint: did you mean "group"?',
    ]);
  });
  it("in a length of time is put right with its unit", async () => {
    const { lines } = await loadFiles({ "actions/a.toml": action('type = "manual"').replace('timeout = "1m"', "timeout = 30") });
    expect(lines).toEqual([
      "actions/a.toml:2:11: error: `timeout` must be a string, not a number [wrong_type]",
      '  hint: write timeout = "30s"',
    ]);
  });
  it("in the first line names the kind that the file is of", async () => {
    const { lines } = await loadFiles({ "metadata.toml": '# input\nversion = "v2"\n' });
    expect(lines).toEqual([
      'metadata.toml:1:1: warning: The first lines say "input", but this file is of the kind "metadata": editors show the wrong help [wrong_header]',
      "  hint: write # metadata",
    ]);
  });
});

describe("old spellings", () => {
  it.each<
    [string, Record<string, string>, string, (config: NonNullable<Awaited<ReturnType<typeof loadFiles>>["config"]>) => unknown, unknown]
  >([
    [
      "of trigger types",
      { "actions/a.toml": action('type = "pre-component-deploy"\ncomponent_name = "a"'), "components/a.toml": terraformFile("a") },
      'type = "pre-deploy-component"',
      (c) => c.actions[0]?.triggers[0]?.type,
      "pre-deploy-component",
    ],
    [
      "of cron_schedule",
      { "actions/a.toml": action('type = "cron"\nschedule = "0 2 * * *"') },
      "`cron_schedule`",
      (c) => c.actions[0]?.triggers[0]?.cronSchedule,
      "0 2 * * *",
    ],
    [
      "of deploy_timeout",
      { "components/w.toml": helm('timeout = "15m"\n') },
      "`deploy_timeout`",
      (c) => c.components[0]?.deployTimeoutSeconds,
      900,
    ],
    [
      "of container_image",
      { "components/i.toml": 'name = "i"\ntype = "external_image"\n[public]\nimage_url = "nginx"\ntag = "1"\n' },
      'type = "container_image"',
      (c) => c.components[0]?.type,
      "container_image",
    ],
    [
      "of vars",
      { "components/a.toml": `${terraformFile("a")}[[var]]\nname = "x"\nvalue = "1"\n` },
      "`[vars]`",
      (c) => c.components[0],
      expect.objectContaining({ vars: { x: "1" } }),
    ],
    ["of runner types", { "runner.toml": 'runner_type = "aws-eks"\n' }, 'runner_type = "aws"', (c) => c.runner.runnerType, "aws"],
    [
      "of standard roles",
      {
        "permissions.toml": ["provision", "maintenance_role", "deprovision_role"]
          .map((key) => `[${key}]\nname = "${key}"\ndescription = "x"\n`)
          .join(""),
      },
      "`[provision_role]`",
      (c) => c.permissions.roles.map((role) => role.type),
      ["provision", "maintenance", "deprovision"],
    ],
    [
      "of runbook steps",
      {
        "runbooks/r.toml": 'name = "r"\n[[steps]]\nname = "s"\ntype = "deploy"\ncomponent_name = "a"\n',
        "components/a.toml": terraformFile("a"),
      },
      'type = "component_deploy"',
      (c) => c.runbooks[0]?.steps[0]?.type,
      "component_deploy",
    ],
    [
      "of approvals",
      { "installs/i.toml": 'name = "i"\napproval_option = "auto"\n' },
      'approval_option = "approve-all"',
      (c) => c.installs[0]?.approvalOption,
      "approve-all",
    ],
  ])("%s are accepted, with a warning that shows the new one", async (_name, files, hint, pick, value) => {
    const { config, diagnostics, lines } = await loadFiles(files);
    expect(lines.join("\n")).toContain(hint);
    expect(diagnostics).toMatchObject([{ severity: "warning", code: expect.stringMatching(/^deprecated_/) }]);
    expect(config && pick(config)).toEqual(value);
  });

  it("of whole components, with all keys in a table of the type, are laid flat", async () => {
    const { config, lines } = await loadFiles({
      "components/a.toml": `name = "a"\n[terraform_module]\nterraform_version = "1.13.5"\n[terraform_module.public_repo]\nrepo = "a/b"\ndirectory = "."\nbranch = "main"\n[terraform_module.vars]\nx = "{{ .nuon.inputs.inputs.y }}"\n`,
    });
    expect(config).toBeUndefined();
    expect(lines.filter((line) => !line.startsWith("  "))).toEqual([
      "components/a.toml:2:2: warning: `[terraform_module]` around the keys of a component is an old form [deprecated_key]",
      'components/a.toml:9:9: error: There is no input "y" [unknown_input]',
    ]);
  });
});

describe("wrong values", () => {
  it.each([
    ["a number for a string", `${terraformFile("a")}count = 3\n`, "`vars.count` must be a string, not a number", 'write count = "3"'],
    [
      "text for a number",
      terraformFile("a", {}, 'max_auto_retries = "3"'),
      "`max_auto_retries` must be a whole number, not a string",
      "write max_auto_retries = 3",
    ],
    [
      "text for true",
      terraformFile("a", {}, 'skip_noops = "true"'),
      "`skip_noops` must be true or false, not a string",
      "write skip_noops = true",
    ],
    [
      "text for a list",
      terraformFile("a", {}, 'dependencies = "b"'),
      "`dependencies` must be a list, not a string",
      'write dependencies = ["b"]',
    ],
    [
      "a list of tables for a table",
      terraformFile("a").replace("[vars]", "[[vars]]"),
      "`vars` must be a table, not a list",
      "write [vars] instead of [[vars]]",
    ],
    [
      "a bare number for a time",
      terraformFile("a", {}, 'build_timeout = "90"'),
      '`build_timeout` must be a length of time such as "30s", "5m" or "1h30m", not "90"',
      'did you mean "90s"?',
    ],
    [
      "a type that is near",
      terraformFile("a").replace("terraform_module", "terraform_modul"),
      /`type` is one of .*, not "terraform_modul"/,
      'did you mean "terraform_module"?',
    ],
  ])("%s is explained, with what to write", async (_name, text, message, hint) => {
    const { lines, config } = await loadFiles({ "components/a.toml": text });
    expect(config).toBeUndefined();
    expect(lines[0]).toEqual(typeof message === "string" ? expect.stringContaining(message) : expect.stringMatching(message));
    expect(lines[1]).toBe(`  hint: ${hint}`);
  });
  it("name what is missing, at the table it is missing from", async () => {
    const { lines } = await loadFiles({
      "components/a.toml": terraformFile("a").replace('branch = "main"\n', "").replace('name = "a"\n', ""),
    });
    expect(lines).toEqual([
      "components/a.toml:1:1: error: `name` is missing [missing_key]",
      "components/a.toml:4:2: error: `public_repo.branch` is missing [missing_key]",
    ]);
  });
});

describe("the first line", () => {
  it("must not name another kind, as editors go by it", async () => {
    const { lines } = await loadFiles({
      "components/a.toml": `# helm\n${terraformFile("a")}`,
      "runner.toml": '#:schema https://x.example/config-schema?type=sandbox\nrunner_type = "aws"\n',
    });
    expect(lines).toEqual([
      expect.stringMatching(/^components\/a\.toml:1:1: warning: .*\[wrong_header\]$/),
      "  hint: write # terraform",
      expect.stringMatching(/^runner\.toml:1:1: warning: .*\[wrong_header\]$/),
      "  hint: write # runner",
    ]);
  });
  it("may be any other comment", async () => {
    expect(
      (
        await loadFiles({
          "components/a.toml": `# terraform - the network\n${terraformFile("a")}`,
          "runner.toml": '# =====\nrunner_type = "aws"\n',
        })
      ).lines,
    ).toEqual([]);
  });
});
