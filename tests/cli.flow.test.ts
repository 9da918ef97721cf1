import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "@berth/local-postgres/free-port";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../scripts/run-step.ts";
import { startStack, type Stack } from "./support/stack.ts";
import { createVendorApp, type VendorApp } from "./support/vendor-app.ts";

let stack: Stack;
let home: string;
let app: VendorApp;

beforeAll(async () => {
  stack = await startStack();
  home = await mkdtemp(join(tmpdir(), "berth-cli-"));
  app = await createVendorApp({ dir: home, out: join(home, "out") });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await stack[Symbol.asyncDispose]();
  await rm(home, { recursive: true, force: true });
});

type Ran = { code: number; out: string; err: string; json: () => unknown };

/** The CLI as its own process, logged in by environment unless the test says otherwise. */
function berth(args: readonly string[], input: { env?: Record<string, string>; cwd?: string; stdin?: string } = {}): Promise<Ran> {
  const login = { BERTH_URL: stack.controlPlane.url, BERTH_TOKEN: stack.controlPlane.token };
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [join(root, "apps/cli/src/main.ts"), ...args],
      {
        cwd: input.cwd ?? home,
        env: { PATH: process.env["PATH"], HOME: home, XDG_CONFIG_HOME: join(home, "config"), ...(input.env ?? login) },
        maxBuffer: 10_000_000,
      },
      (error, out, err) => resolve({ code: error ? Number(error.code) : 0, out, err, json: () => JSON.parse(out) as unknown }),
    );
    child.stdin?.end(input.stdin ?? "");
  });
}

describe("logging in", () => {
  it("is needed, and explained", async () => {
    const { code, err } = await berth(["apps", "list"], { env: {} });
    expect(code).toBe(2);
    expect(err).toContain("berth login --url");
  });
  it("checks the token, keeps it for this user, and is found again", async () => {
    const { url, token } = stack.controlPlane;
    const wrong = await berth(["login", "--url", url], { env: {}, stdin: "brt_wrong\n" });
    expect(wrong.code).toBe(4);
    expect((await berth(["login", "--url", url], { env: {}, stdin: `${token}\n` })).code).toBe(0);
    expect((await berth(["whoami"], { env: {} })).out).toContain(url);
    expect((await berth(["--json", "whoami", "--org", "local"], { env: {} })).json()).toMatchObject({ url, org: { name: "local" } });
    expect((await berth(["logout"], { env: {} })).code).toBe(0);
    expect((await berth(["whoami"], { env: {} })).code).toBe(2);
  });
  it("needs nothing below a directory where a local control plane left its address", async () => {
    const deep = join(home, "work", "apps");
    await mkdir(join(home, "work", ".berth"), { recursive: true });
    await mkdir(deep);
    const { url, token } = stack.controlPlane;
    await writeFile(join(home, "work", ".berth", "cli.json"), JSON.stringify({ url, token }), { mode: 0o600 });
    expect((await berth(["whoami"], { env: {}, cwd: deep })).out).toContain(url);
  });
  it("tells the URL and what to check when nobody answers there", async () => {
    const url = `http://127.0.0.1:${await freePort(0)}`;
    const { code, err } = await berth(["whoami"], { env: { BERTH_URL: url, BERTH_TOKEN: "brt_x" } });
    expect(code).toBe(1);
    expect(err).toContain(`${url} does not answer (ECONNREFUSED). Check`);
  });
});

describe("a command line that is wrong", () => {
  it.each([[["apps", "fly"]], [["apps", "get"]], [["--nonsense"]], [["installs", "create"]], [["apps", "list", "--limit", "x"]]])(
    "%j is refused with code 2",
    async (args) => {
      const { code, err } = await berth(args);
      expect(code).toBe(2);
      expect(err).not.toBe("");
    },
  );
  it("and things that do not exist end with code 4", async () => {
    for (const args of [
      ["apps", "get", "nope"],
      ["installs", "get", "nope"],
      ["workflows", "get", "nope"],
      ["builds", "get", "bld1"],
    ]) {
      const { code, err } = await berth(args);
      expect([args, code]).toEqual([args, 4]);
      expect(err).toContain("error");
    }
  });
  it("and help comes with examples and code 0", async () => {
    const { code, out } = await berth(["installs", "create", "--help"]);
    expect(code).toBe(0);
    expect(out).toContain("Examples:\n  berth installs create --app");
    expect((await berth(["exit-codes"])).out).toMatch(/^2 +The app's config/m);
  });
});

describe("a sync", () => {
  it("of files that are wrong tells file, line, column and a hint, and sends nothing", async () => {
    const dir = join(home, "broken");
    await mkdir(join(dir, "components"), { recursive: true });
    await writeFile(join(dir, "metadata.toml"), 'version = "v2"\n');
    await writeFile(join(dir, "inputs.toml"), '[[input]]\nname = "greeting"\ndisplay_name = "G"\ndescription = "G"\ndefault = "x"\n');
    await writeFile(
      join(dir, "components", "web.toml"),
      'name = "web"\ntype = "terraform_module"\nterraform_version = "1.11.4"\n[public_repo]\nrepo = "a/b"\ndirectory = "web"\nbranch = "main"\n[vars]\nword = "{{ .nuon.inputs.inputs.greting }}"\n',
    );
    const { code, err } = await berth(["apps", "sync", dir, "--app", "broken", "--create"]);
    expect(code).toBe(2);
    expect(err).toMatch(/components\/web\.toml:9:\d+: error: .*greting/);
    expect(err).toContain('"greeting"');
    expect(err).toContain("Nothing was sent.");
    expect((await berth(["apps", "get", "broken"])).code).toBe(4);
  });
  it("shows what changes and why, builds it, and does nothing the second time", async () => {
    expect((await berth(["apps", "sync", app.dir, "--app", "demo"])).code).toBe(4);
    const first = await berth(["apps", "sync", app.dir, "--app", "demo", "--create"]);
    expect(first.err).toBe("");
    expect(first.code).toBe(0);
    expect(first.out).toContain('+ component "left" added');
    expect(first.out).toMatch(/✓ component:left/);
    const second = await berth(["--json", "apps", "sync", app.dir, "--app", "demo"]);
    expect(second.json()).toMatchObject({ changed: false, version: 1, builds: [] });
    await app.repo.commit({ "marker/note.txt": "new" });
    const dry = await berth(["apps", "sync", app.dir, "--app", "demo", "--dry-run"]);
    expect(dry.out).toMatch(/component:left .*source changed/);
    expect((await berth(["--json", "apps", "get", "demo"])).json()).toMatchObject({ latestConfig: { version: 1 } });
  });
  it("with a build that fails ends with code 3 and says where its log is", async () => {
    await app.repo.commit({ "empty/readme.md": "no terraform here" });
    await app.write({
      "components/empty.toml": (await left())
        .replace('name = "left"', 'name = "empty"')
        .replace('directory = "marker"', 'directory = "empty"'),
    });
    const { code, out } = await berth(["apps", "sync", app.dir, "--app", "demo"]);
    await rm(join(app.dir, "components", "empty.toml"));
    expect(code).toBe(3);
    expect(out).toMatch(/✗ component:empty {2}failed/);
    const id = /berth builds logs (bld\w+)/.exec(out)?.[1];
    expect((await berth(["builds", "logs", id!])).out).toContain("Failed");
  });
  it("of a repository that does not exist is refused by the server like a problem of the file", async () => {
    const file = join(app.dir, "components", "lost.toml");
    await writeFile(
      file,
      (await left()).replace('name = "left"', 'name = "lost"').replace(/repo = ".*"/, 'repo = "file:///nowhere/at/all"'),
    );
    const { code, err } = await berth(["apps", "sync", app.dir, "--app", "demo"]);
    await rm(file);
    expect(code).toBe(2);
    expect(err).toContain("lost");
    expect(err).toContain("Nothing was stored.");
  });

  function left(): Promise<string> {
    return readFile(join(app.dir, "components", "left.toml"), "utf8");
  }
});

describe("results", () => {
  it("are tables for people and JSON for programs", async () => {
    const created = await berth([
      "--json",
      "installs",
      "create",
      "--app",
      "demo",
      "--name",
      "acme",
      "--input",
      "greeting=hi",
      "--input",
      `key=@${join(home, "key.txt")}`,
    ]);
    expect(created.code).toBe(2);
    await writeFile(join(home, "key.txt"), "s3cret-key\n");
    const made = await berth([
      "installs",
      "create",
      "--app",
      "demo",
      "--name",
      "acme",
      "--input",
      "greeting=hi",
      "--input",
      `key=@${join(home, "key.txt")}`,
    ]);
    expect(made.out).toContain("berth-runner enroll --url");
    const inputs = await berth(["installs", "inputs", "acme"]);
    expect(inputs.out).toMatch(/greeting +hi\nkey +\(sensitive\)/);
    expect(inputs.out).not.toContain("s3cret");
    const list = await berth(["installs", "list"]);
    expect(list.out).toMatch(/^INSTALL +NAME +APP +STATE +HEALTH +CREATED\ninl\w{22} +acme +app\w{22} +created +unknown +\w+ ago\n$/);
    expect((await berth(["--json", "installs", "list"])).json()).toMatchObject([{ name: "acme", state: "created" }]);
  });
  it("of an install's state are the tree without what is sensitive, its versions and what changed", async () => {
    const inputs = await berth(["installs", "state", "acme", "--path", "nuon.inputs.inputs"]);
    expect(JSON.parse(inputs.out)).toEqual({ greeting: "hi", key: "(sensitive value)" });
    expect((await berth(["installs", "state", "acme", "--path", "components.left.status"])).out).toBe('"inactive"\n');
    expect((await berth(["installs", "state", "acme", "--path", "components.nothing"])).err).toContain('there is no "nothing"');
    expect((await berth(["installs", "state", "acme", "--version", "9"])).err).toContain("no state version 9");
    expect((await berth(["--version"])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect((await berth(["installs", "state-versions", "acme"])).out).toMatch(/^VERSION +MADE +BY\n1 +.*created\n$/);
    expect((await berth(["installs", "state-diff", "acme"])).out).toMatch(/^version 0 → 1 .*\n(.*\n)*\/inputs\n/);
    expect((await berth(["installs", "readme", "acme"])).err).toContain("The app has no README");
  });
  it("of drift say what to do where there is none, and why none can be looked for", async () => {
    expect((await berth(["drift", "list", "acme"])).err).toContain("berth drift check <install>");
    expect((await berth(["drift", "schedules", "acme"])).err).toContain("drift_schedule");
    const check = await berth(["drift", "check", "acme"]);
    expect(check.code).not.toBe(0);
    expect(check.err).toContain("Nothing stands on this install");
  });
  it("of an operation without a watcher are its id, and why it waits can be asked", async () => {
    const started = await berth(["installs", "provision", "acme"]);
    const id = started.out.trim();
    expect(id).toMatch(/^wfl\w{22}$/);
    const { out } = await berth(["explain", "acme"]);
    expect(out).toContain(id);
    expect(out).toMatch(/waits for .*\n.*→/);
    expect((await berth(["workflows", "approve", "acme"])).code).toBe(4);
    expect((await berth(["workflows", "cancel", id])).code).toBe(0);
    const watched = await berth(["workflows", "watch", id]);
    expect(watched.code).toBe(1);
    expect(watched.out).toContain("cancelled");
  });
  it("of tokens: shown once, usable, revocable", async () => {
    const made = await berth(["tokens", "create", "ci", "--expires-in-days", "1"]);
    const secret = made.out.trim();
    const env = { BERTH_URL: stack.controlPlane.url, BERTH_TOKEN: secret };
    expect((await berth(["whoami"], { env })).out).toContain('"ci"');
    expect((await berth(["tokens", "list"])).out).not.toContain(secret);
    expect((await berth(["tokens", "revoke", "ci"])).code).toBe(0);
    expect((await berth(["whoami"], { env })).code).toBe(4);
  });
  it("of pull credentials: shown once, as a password or a docker config, pulling from the registry until they are revoked", async () => {
    const registry = (password: string): Promise<Response> =>
      fetch(`${stack.controlPlane.url}/v2/`, {
        headers: { authorization: `Basic ${Buffer.from(`berth:${password}`).toString("base64")}` },
      });
    const made = await berth(["installs", "pull-credentials", "create", "acme", "nodes"]);
    const password = made.out.trim();
    expect(made.err).toMatch(/Pull credential pul\w{22} for 127\.0\.0\.1:\d+, user berth/);
    expect((await registry(password)).status).toBe(200);
    const config = await berth(["installs", "pull-credentials", "create", "acme", "mirror", "--docker-config", "--expires-in-days", "7"]);
    expect(Object.keys((config.json() as { auths: object }).auths)).toEqual([new URL(stack.controlPlane.url).host]);
    const { out } = await berth(["installs", "pull-credentials", "list", "acme"]);
    expect(out).toMatch(/mirror +a person +usable .*\n.*nodes +a person +usable/);
    expect(out).not.toContain(password);
    expect((await berth(["installs", "pull-credentials", "revoke", "acme", "nodes"])).code).toBe(0);
    expect((await registry(password)).status).toBe(401);
    expect((await berth(["installs", "pull-credentials", "revoke", "acme", "nobody"])).code).toBe(4);
  });
});
