import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGitRepo } from "@berth/testkit/git-repo";
import { terraformFile, writeApp } from "@berth/toml-schema/testing/write-app";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { repoOf } from "../init/find-home.ts";
import { runCli, type Ran } from "../testing/run-cli.ts";

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "berth-cli-"));
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

const berth = (...args: string[]): Promise<Ran> => runCli(args, { cwd });
const inputs = (name: string): string =>
  `[[group]]\nname = "g"\ndescription = "G"\n[[input]]\nname = "${name}"\ndisplay_name = "I"\ndescription = "I"\ngroup = "g"\n`;
const two = {
  "inputs.toml": inputs("size"),
  "components/db.toml": terraformFile("db", { size: "{{ .nuon.inputs.inputs.size }}", id: "{{ .nuon.sandbox.outputs.id }}" }),
  "components/web.toml": terraformFile("web", { url: "x-{{ .nuon.components.db.outputs.url }}" }),
};

describe("apps validate", () => {
  it("ends with 0 where an app is valid and 2 where it is not, and says where from the person's directory", async () => {
    await using good = await writeApp(two);
    expect(await runCli(["apps", "validate"], { cwd: good.dir })).toEqual({ code: 0, out: "", err: "✓ demo is valid.\n" });
    await using bad = await writeApp({ ...two, "inputs.toml": inputs("sizes") });
    const found = await runCli(["apps", "validate", "demo"], { cwd: join(bad.dir, "..") });
    expect(found.code).toBe(2);
    expect(found.out).toMatch(/^demo\/components\/db\.toml:11:\d+: error: .*"size".*\[unknown_input\]/m);
    expect(found.err).toBe("✗ demo has 1 error and 1 warning.\n");
  });

  it("says where no app is how to start one", async () => {
    expect((await berth("apps", "validate")).err).toMatch(/has 3 errors\.\n.*berth apps init/);
  });

  it("fails at a warning with --strict, saying so", async () => {
    await using app = await writeApp({ ...two, "metadata.toml": `version = "v2"\ncolour = "red"\n` });
    expect((await runCli(["apps", "validate"], { cwd: app.dir })).err).toBe("✓ demo is valid, with 1 warning.\n");
    const strict = await runCli(["apps", "validate", "--strict"], { cwd: app.dir });
    expect({ code: strict.code, err: strict.err }).toEqual({ code: 2, err: "✗ demo has 1 warning, which --strict does not allow.\n" });
  });

  it("prints JSON, SARIF and GitHub annotations alone on standard output, with paths from the person's directory", async () => {
    await using app = await writeApp({ ...two, "metadata.toml": `version = "v2"\ncolour = "red"\n` });
    const validate = (...more: string[]): Promise<Ran> => runCli(["apps", "validate", "demo", ...more], { cwd: join(app.dir, "..") });
    const json = await validate("--format", "json");
    expect(JSON.parse(json.out)).toMatchObject({
      errors: 0,
      warnings: 1,
      diagnostics: [{ file: "demo/metadata.toml", code: "unknown_key" }],
    });
    expect(json.err).toBe("");
    const sarif = JSON.parse((await validate("--format", "sarif")).out) as { runs: { results: { locations: unknown[] }[] }[] };
    expect(sarif.runs[0]?.results[0]?.locations[0]).toMatchObject({
      physicalLocation: { artifactLocation: { uri: "demo/metadata.toml" } },
    });
    expect((await validate("--format", "github")).out).toMatch(/^::warning file=demo\/metadata\.toml,line=2,/);
    expect(await validate("--format", "xml")).toMatchObject({
      code: 2,
      err: expect.stringMatching(/text, json, sarif, github, not "xml"/) as string,
    });
    expect(await berth("apps", "validate", "nowhere")).toMatchObject({ code: 2, err: expect.stringMatching(/cannot be read/) as string });
  });
});

describe("apps graph", () => {
  it("draws components, what they need and the sandbox as Mermaid and DOT", async () => {
    await using app = await writeApp(two);
    const mermaid = await runCli(["apps", "graph"], { cwd: app.dir });
    expect(mermaid.out).toBe(
      `flowchart LR\n  sandbox(["sandbox"])\n  c1["db<br/>terraform_module"]\n  c2["web<br/>terraform_module"]\n  sandbox --> c1\n  c1 --> c2\n`,
    );
    expect((await runCli(["apps", "graph", "--format", "dot"], { cwd: app.dir })).out).toContain("  c1 -> c2;\n");
  });

  it("gives as JSON the orders and what an input reaches", async () => {
    await using app = await writeApp(two);
    expect(JSON.parse((await runCli(["--json", "apps", "graph"], { cwd: app.dir })).out)).toMatchObject({
      order: ["db", "web"],
      teardown: ["web", "db"],
      components: [
        { name: "db", dependents: ["web"], sandbox: true },
        { name: "web", dependencies: ["db"] },
      ],
      inputs: { size: { sandbox: false, components: ["db", "web"] } },
    });
  });

  it("shows a circle as a path instead, and ends with 2", async () => {
    await using app = await writeApp({
      "components/a.toml": terraformFile("a", { v: "{{ .nuon.components.b.outputs.x }}" }),
      "components/b.toml": terraformFile("b", { v: "{{ .nuon.components.a.outputs.x }}" }),
    });
    const ran = await runCli(["apps", "graph"], { cwd: app.dir });
    expect(ran).toMatchObject({ code: 2, out: "" });
    expect(ran.err).toMatch(/a → b → a/);
  });
});

describe("apps render", () => {
  const state = {
    inputs: { inputs: { size: "large" } },
    sandbox: { outputs: { id: "vpc-1" } },
    components: { db: { outputs: { port: 1 } } },
  };

  it("shows what settings become, from a file or standard input, whatever the state is wrapped in", async () => {
    await using app = await writeApp(two);
    for (const wrapped of [state, { nuon: state }, { version: 3, cause: "created", content: state }]) {
      await writeFile(join(app.dir, "state.json"), JSON.stringify(wrapped));
      const ran = await runCli(["apps", "render", "--component", "db", "--state", "state.json"], { cwd: app.dir });
      expect(ran).toMatchObject({ code: 0, err: "" });
      expect(ran.out).toContain(`vars.size = "large"\nvars.id = "vpc-1"\n`);
    }
    const piped = await runCli(["--json", "apps", "render", "--component", "db", "--state", "-"], {
      cwd: app.dir,
      stdin: JSON.stringify(state),
    });
    expect(JSON.parse(piped.out)).toMatchObject({ component: { vars: { size: "large" } }, problems: [] });
  });

  it("explains a template that fails: the place in the file and in the text, the values on the way, and what exists beside a missing key", async () => {
    await using app = await writeApp(two);
    const ran = await runCli(["apps", "render", "--component", "web", "--state", "-"], { cwd: app.dir, stdin: JSON.stringify(state) });
    expect(ran.code).toBe(2);
    expect(ran.out).toContain(`vars.url = "x-{{`);
    expect(ran.err).toMatch(
      /^components\/web\.toml:11:\d+: error: vars\.url, line 1, column \d+ of the text: .*"url".*"port".*\[missing_key\]\n/,
    );
    expect(ran.err).toMatch(/\.nuon\.components\.db\.outputs is map with key "port"/);
    const json = await runCli(["--json", "apps", "render", "--component", "web", "--state", "-"], {
      cwd: app.dir,
      stdin: JSON.stringify(state),
    });
    expect(JSON.parse(json.out)).toMatchObject({
      problems: [{ key: "vars.url", code: "missing_key", at: { file: "components/web.toml", line: 11 } }],
    });
  });

  it("places a failure inside an included file", async () => {
    await using app = await writeApp({
      "components/db.toml": `${terraformFile("db")}\n[[var_file]]\ncontents = "./db.tfvars"\n`,
      "components/db.tfvars": `a = 1\nb = "{{ .nuon.sandbox.outputs.nothing }}"\n`,
    });
    const ran = await runCli(["apps", "render", "--component", "db", "--state", "-"], { cwd: app.dir, stdin: JSON.stringify(state) });
    expect(ran.err).toMatch(/^components\/db\.tfvars:2:\d+: error: var_files\[0\], line 2, column \d+ of the text/);
  });

  it.each([
    [["--state", "-"], "{}", /--component which one .* it has db, web/],
    [["--component", "wbe", "--state", "-"], "{}", /did you mean "web"/],
    [["--component", "web"], "{}", /berth installs state/],
    [["--component", "web", "--state", "-"], "[1]", /not a JSON object/],
    [["--component", "web", "--state", "-"], "{", /not JSON/],
    [["--component", "web", "--state", "nowhere.json"], "", /cannot be read/],
  ])("refuses %j", async (args, stdin, message) => {
    await using app = await writeApp(two);
    expect(await runCli(["apps", "render", ...args], { cwd: app.dir, stdin })).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringMatching(message) as string,
    });
  });
});

describe("apps schema", () => {
  it("lists the kinds, and prints the JSON Schema of one", async () => {
    expect((await berth("apps", "schema")).out).toMatch(/^helm +components\/\*\*\/\*\.toml +Helm component$/m);
    expect(JSON.parse((await berth("apps", "schema", "--type", "helm_chart")).out)).toMatchObject({ title: "Helm component" });
    expect(await berth("apps", "schema", "--type", "hlem")).toMatchObject({
      code: 2,
      err: expect.stringMatching(/did you mean "helm"/) as string,
    });
  });
});

describe("apps init", () => {
  it("writes an app without a single warning, and nothing over what is there", async () => {
    const made = await berth("apps", "init", "my-app");
    expect(made.code).toBe(0);
    expect(made.out).toContain("your-org/your-repo");
    expect(await berth("apps", "validate", "my-app", "--strict")).toEqual({ code: 0, out: "", err: "✓ my-app is valid.\n" });
    const before = await readFile(join(cwd, "my-app/sandbox.toml"), "utf8");
    await rm(join(cwd, "my-app/metadata.toml"));
    expect(await berth("apps", "init", "my-app")).toMatchObject({
      code: 2,
      err: expect.stringMatching(/has runner\.toml, .* already/) as string,
    });
    expect(await readFile(join(cwd, "my-app/sandbox.toml"), "utf8")).toBe(before);
    await expect(readFile(join(cwd, "my-app/metadata.toml"))).rejects.toThrow();
  });

  it("keeps a README, and makes no directory out of a file", async () => {
    await writeFile(join(cwd, "README.md"), "mine");
    expect((await berth("apps", "init")).code).toBe(0);
    expect(await readFile(join(cwd, "README.md"), "utf8")).toBe("mine");
    expect((await berth("apps", "validate", "--strict")).code).toBe(0);
    expect(await berth("apps", "init", "README.md")).toMatchObject({ code: 2 });
    await mkdir(join(cwd, "other"));
    await writeFile(join(cwd, "other/src"), "");
    expect(await berth("apps", "init", "other")).toMatchObject({ code: 2, err: expect.stringMatching(/is a file/) as string });
  });

  it("takes repository, branch and directory from git", async () => {
    await using repo = await createGitRepo({ "README.md": "" });
    await repo.git("remote", "add", "origin", "https://user:token@git.example.com/acme/apps.git");
    await repo.git("checkout", "--quiet", "-b", "next");
    const made = await runCli(["apps", "init", "apps/my-app"], { cwd: repo.dir });
    expect(made).toMatchObject({ code: 0, err: "" });
    const sandbox = await readFile(join(repo.dir, "apps/my-app/sandbox.toml"), "utf8");
    expect(sandbox).toContain(`repo = "https://git.example.com/acme/apps.git"\ndirectory = "apps/my-app/src/sandbox"\nbranch = "next"\n`);
    expect((await runCli(["apps", "validate", "apps/my-app", "--strict"], { cwd: repo.dir })).code).toBe(0);
  });

  it("refuses a repository that is none", async () => {
    expect(await berth("apps", "init", "x", "--repo", "no such thing")).toMatchObject({
      code: 2,
      err: expect.stringMatching(/owner\/name/) as string,
    });
  });

  it.each([
    ["git@github.com:acme/app.git", "acme/app"],
    ["https://github.com/acme/app", "acme/app"],
    ["ssh://git@github.com/acme/app.git", "acme/app"],
    ["https://me:secret@git.example.com/a/b/c.git", "https://git.example.com/a/b/c.git"],
    ["deploy@git.example.com:a/b.git", "ssh://deploy@git.example.com/a/b.git"],
    ["/srv/git/app.git", undefined],
    ["file:///srv/git/app.git", undefined],
    ["", undefined],
  ])("names the remote %s %s", (remote, repo) => {
    expect(repoOf(remote)).toBe(repo);
  });
});
