import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { loadApp } from "../load.ts";
import { loadFiles, terraformFile, writeApp } from "../testing/write-app.ts";
import { includeSource } from "./include-source.ts";

const run = promisify(execFile);
const withVars = (contents: string) => `${terraformFile("api")}[[var_file]]\ncontents = ${JSON.stringify(contents)}\n`;
const varFiles = (result: Awaited<ReturnType<typeof loadApp>>) => {
  const component = result.config?.components[0];
  return component && "varFiles" in component ? component.varFiles : undefined;
};

async function tempDir() {
  const dir = await mkdtemp(join(tmpdir(), "berth-inc-"));
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) };
}

/** A server that counts its requests and can be closed. */
async function serve(answer: (url: string) => { status?: number; body?: string | undefined; hang?: boolean }) {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(request.url ?? "");
    const { status = 200, body, hang } = answer(request.url ?? "");
    if (hang) return;
    response.writeHead(status);
    response.end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

describe("what is taken for a reference", () => {
  it.each([
    ["./a/b.yaml", { kind: "relative", path: "./a/b.yaml" }],
    ["file:///etc/x%20y", { kind: "file", path: "/etc/x y" }],
    ["https://example.com/x.yaml", { kind: "http", url: "https://example.com/x.yaml" }],
    [
      "git::https://example.com/o/r.git//a/b.yaml?ref=v1.2",
      { kind: "git", url: "https://example.com/o/r.git", path: "a/b.yaml", ref: "v1.2" },
    ],
    ["git::ssh://git@example.com/o/r//b", { kind: "git", url: "ssh://git@example.com/o/r", path: "b", ref: undefined }],
    ["git@example.com:o/r.git//b?ref=main", { kind: "git", url: "git@example.com:o/r.git", path: "b", ref: "main" }],
    ["github.com/o/r//dir/b", { kind: "git", url: "https://github.com/o/r", path: "dir/b", ref: undefined }],
  ])("%s", (text, source) => expect(includeSource(text)).toEqual(source));

  it.each(["./nuon-is-literal", "key: value", "./a\n./b", "git clone something", "http is a word", "../up.yaml", ""])("not %j", (text) => {
    expect(includeSource(text)).toEqual({ kind: "literal" });
  });

  it.each([
    "git::ext::sh -c evil//x",
    "git::https://h/o/r",
    "git::https://h/o/r//../x",
    "git::https://h/o/r//x?ref=--upload-pack=evil",
    "git::-x//y",
    "file://host/x",
  ])("refuses %s", (text) => expect(includeSource(text)).toMatchObject({ kind: "invalid" }));
});

describe("relative files", () => {
  it("are looked for beside the file, then in the section's folder, then in the app's", async () => {
    const files = {
      "components/deep/api.toml": withVars("./x.tfvars"),
      "components/deep/x.tfvars": "beside",
      "components/x.tfvars": "section",
      "x.tfvars": "app",
    };
    expect(varFiles(await loadFiles(files))).toEqual(["beside"]);
    const { "components/deep/x.tfvars": _beside, ...without } = files;
    expect(varFiles(await loadFiles(without))).toEqual(["section"]);
    const { "components/x.tfvars": _section, ...less } = without;
    expect(varFiles(await loadFiles(less))).toEqual(["app"]);
  });

  it("of roles in one file lie in permissions/, those of policies and readmes in the app's directory", async () => {
    const role = (key: string, document: string) =>
      `[${key}]\nname = "{{.nuon.install.id}}-${key}"\ndescription = "x"\npermissions_boundary = "${document}"\n`;
    const { config, lines } = await loadFiles({
      "permissions.toml": role("provision_role", "./b.json") + role("maintenance_role", "") + role("deprovision_role", ""),
      "permissions/b.json": '{"from":"permissions"}',
      "b.json": "{}",
      "policies.toml": '[[policy]]\ntype = "sandbox"\nengine = "opa"\ncontents = "./policies/small.rego"\n',
      "policies/small.rego": "package nuon\n",
      "runbooks/deploy.toml":
        'name = "deploy"\nreadme = "./runbooks/deploy.md"\n[[steps]]\nname = "x"\ntype = "tear_down_components_all"\n',
      "runbooks/deploy.md": "# Deploy",
      "metadata.toml": 'version = "v1"\nreadme = "./README.md"\n',
      "README.md": "# Read me",
    });
    expect(lines).toEqual([]);
    expect(config?.permissions.roles[0]?.permissionsBoundary).toBe('{"from":"permissions"}');
    expect(config?.policies).toMatchObject([{ name: "small", contents: "package nuon\n" }]);
    expect(config?.runbooks[0]?.readme).toBe("# Deploy");
    expect(config?.metadata.readme).toBe("# Read me");
  });

  it("that are not there are named with the places looked at and the nearest name", async () => {
    const { config, lines } = await loadFiles({ "components/api.toml": withVars("./vals/api.tfvar"), "components/vals/api.tfvars": "" });
    expect(config).toBeUndefined();
    expect(lines[0]).toBe(
      "components/api.toml:13:12: error: There is no file ./vals/api.tfvar (looked for components/vals/api.tfvar, vals/api.tfvar) [include_not_found]",
    );
    expect(lines[1]).toBe('  hint: did you mean "api.tfvars"?');
  });

  it("cannot lead out of the app's directory, neither by dots nor by a link", async () => {
    await using outside = await tempDir();
    await writeFile(join(outside.dir, "secret"), "secret");
    const dots = await loadFiles({ "components/api.toml": withVars("./../../../../../../etc/hostname") });
    expect(dots.lines[0]).toContain("[include_outside]");
    await using app = await writeApp({ "components/api.toml": withVars("./link") });
    await symlink(join(outside.dir, "secret"), join(app.dir, "components/link"));
    const linked = await loadApp({ dir: app.dir });
    expect(linked.diagnostics).toMatchObject([{ code: "include_outside" }]);
    expect(linked.config).toBeUndefined();
  });

  it("must be text, regular and not too large", async () => {
    const limits = { includeBytes: 100 };
    const large = await loadFiles({ "components/api.toml": withVars("./x"), "components/x": "x".repeat(101) }, { limits });
    expect(large.lines[0]).toContain("[include_too_large]");
    const binary = await loadFiles({ "components/api.toml": withVars("./x"), "components/x": "a\u0000b" });
    expect(binary.lines[0]).toContain("[include_not_text]");
    const directory = await loadFiles({ "components/api.toml": withVars("./x"), "components/x/y": "" });
    expect(directory.lines[0]).toContain("is not a regular file");
    const total = await loadFiles(
      { "components/api.toml": withVars("./x"), "components/x": "x".repeat(101) },
      { limits: { totalIncludeBytes: 100 } },
    );
    expect(total.lines[0]).toContain("[include_too_large]");
  });

  it("are suspected where the ./ is forgotten", async () => {
    const { config, lines } = await loadFiles({ "components/api.toml": withVars("values/api.tfvars") });
    expect(config).toBeDefined();
    expect(lines.slice(0, 2)).toEqual([expect.stringContaining("warning"), '  hint: did you mean "./values/api.tfvars"?']);
  });
});

describe("file addresses", () => {
  it("read anywhere, unless only the app's directory is allowed", async () => {
    await using outside = await tempDir();
    await writeFile(join(outside.dir, "x.tfvars"), "x = 1");
    const files = { "components/api.toml": withVars(`file://${outside.dir}/x.tfvars`) };
    expect(varFiles(await loadFiles(files))).toEqual(["x = 1"]);
    const { config, lines } = await loadFiles(files, { fileUrls: "app" });
    expect(config).toBeUndefined();
    expect(lines[0]).toContain("[include_outside]");
  });
});

describe("addresses", () => {
  it("are fetched once per load, and once for all while the cache is fresh", async () => {
    await using server = await serve(() => ({ body: "x = 1" }));
    await using cache = await tempDir();
    const files = {
      "components/a.toml": withVars(`${server.url}/x`),
      "components/b.toml": withVars(`${server.url}/x`).replace('"api"', '"b"'),
    };
    expect(varFiles(await loadFiles(files, { cacheDir: cache.dir }))).toEqual(["x = 1"]);
    expect(server.seen).toEqual(["/x"]);
    await loadFiles(files, { cacheDir: cache.dir });
    expect(server.seen).toEqual(["/x"]);
  });

  it("are not fetched offline: what is cached is used, and what is not is said", async () => {
    await using server = await serve((url) => ({ body: url }));
    await using cache = await tempDir();
    await loadFiles({ "components/api.toml": withVars(`${server.url}/known`) }, { cacheDir: cache.dir });
    const known = await loadFiles({ "components/api.toml": withVars(`${server.url}/known`) }, { cacheDir: cache.dir, offline: true });
    expect(known).toMatchObject({ lines: [], unfetched: [] });
    const unknown = await loadFiles({ "components/api.toml": withVars(`${server.url}/new`) }, { cacheDir: cache.dir, offline: true });
    expect(unknown.config).toBeDefined();
    expect(unknown.unfetched).toEqual([`${server.url}/new`]);
    expect(unknown.lines[0]).toMatch(/warning: .* was not fetched, because this run is offline.*\[include_not_fetched\]/);
    expect(server.seen).toEqual(["/known"]);
  });

  it("that fail, answer too slowly or with too much are errors", async () => {
    await using server = await serve((url) =>
      url === "/slow" ? { hang: true } : url === "/large" ? { body: "x".repeat(2000) } : { status: 404 },
    );
    const attempt = async (path: string) =>
      (await loadFiles({ "components/api.toml": withVars(server.url + path) }, { limits: { httpMs: 200, includeBytes: 1000 } })).lines[0];
    expect(await attempt("/missing")).toMatch(/cannot be fetched: the server answered 404 \[include_failed\]/);
    expect(await attempt("/slow")).toContain("no answer within 200 ms");
    expect(await attempt("/large")).toContain("larger than 1000 bytes");
  });

  it("with credentials are refused, and the credentials not shown", async () => {
    const { lines } = await loadFiles({ "components/api.toml": withVars("http://user:hidden@127.0.0.1:1/x") });
    expect(lines[0]).toContain("http://127.0.0.1:1/x cannot be fetched");
    expect(lines.join("\n")).not.toContain("hidden");
  });
});

describe("git sources", () => {
  it("read one file of a commit, a branch or a tag, and say what git said where they cannot", async () => {
    await using repo = await tempDir();
    const git = (...args: string[]) => run("git", ["-C", repo.dir, "-c", "user.name=t", "-c", "user.email=t@example.com", ...args]);
    await git("init", "--quiet", "--initial-branch=main");
    await mkdir(join(repo.dir, "vals"));
    await writeFile(join(repo.dir, "vals/x.tfvars"), "one");
    await git("add", ".");
    await git("commit", "--quiet", "-m", "one");
    await git("tag", "v1");
    await writeFile(join(repo.dir, "vals/x.tfvars"), "two");
    await git("commit", "--quiet", "-am", "two");
    const source = `git::file://${repo.dir}//vals/x.tfvars`;
    expect(varFiles(await loadFiles({ "components/api.toml": withVars(source) }))).toEqual(["two"]);
    expect(varFiles(await loadFiles({ "components/api.toml": withVars(`${source}?ref=v1`) }))).toEqual(["one"]);
    const missing = await loadFiles({ "components/api.toml": withVars(`${source}?ref=nowhere`) });
    expect(missing.lines[0]).toMatch(/cannot be fetched: .*nowhere.* \[include_failed\]/);
    const refused = await loadFiles({ "components/api.toml": withVars(source) }, { fileUrls: "app" });
    expect(refused.lines[0]).toMatch(/transport 'file' not allowed/);
  });
});

describe("what looks like a path and is none", () => {
  it.each([
    ["values.tfvars", 'did you mean "./values.tfvars"?'],
    ["../shared/values.tfvars", "write a path within the app's directory that starts with ./"],
    ["../../../etc/passwd", "write a path within the app's directory that starts with ./"],
  ])("is taken as text, with a warning: %s", async (contents, hint) => {
    const result = await loadFiles({ "components/api.toml": withVars(contents) });
    expect(varFiles(result)).toEqual([contents]);
    expect(result.lines).toEqual([expect.stringMatching(/warning: .* is taken as text, not as a file/), `  hint: ${hint}`]);
  });
});
