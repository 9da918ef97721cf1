import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { inflateRawSync } from "node:zlib";
import { startDockerRegistry, type TestDockerRegistry } from "@berth/testkit/docker-registry";
import { createGitRepo, type GitRepo } from "@berth/testkit/git-repo";
import { kubernetesTools } from "@berth/testkit/kubernetes/tools";
import { findProgram, itNeeds } from "@berth/testkit/programs";
import type { AppConfig, Component, RepoSource } from "@berth/toml-schema/app-config";
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from "vitest";
import { createApp } from "../apps/create.ts";
import { registryTokenKey } from "../artifacts/registry-key.ts";
import { getBuild } from "../builds/get.ts";
import type { BuildView } from "../builds/view.ts";
import { syncConfig } from "../configs/sync.ts";
import { from, makeConfig } from "../configs/testing/make-config.ts";
import type { Ctx } from "../context.ts";
import { startTestRegistry, testCredentials, type TestRegistry } from "../registry/testing.ts";
import { createTestSystem, type TestSystem } from "../testing/system.ts";
import { runBuild } from "./run.ts";

const run = promisify(execFile);

let dataDir: string;
let system: TestSystem;
let embedded: TestRegistry;
let docker: TestDockerRegistry | undefined;
let helm: string;
let repo: GitRepo;
let ctx: Ctx;
let apps = 0;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "berth-chart-"));
  ({ helm } = await kubernetesTools());
  embedded = await startTestRegistry();
  docker = findProgram("docker-registry") ? await startDockerRegistry() : undefined;
  system = await createTestSystem({
    settings: { dataDir, allowLocalRepos: true, helmPath: helm, publicUrl: embedded.url, toolEnv: { PATH: process.env["PATH"] ?? "" } },
  });
  embedded.deps.tokenKey = registryTokenKey(system.vault);
  ctx = system.ctx();
});
afterAll(async () => {
  await docker?.[Symbol.asyncDispose]();
  await system[Symbol.asyncDispose]();
  await embedded[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true, force: true });
});
beforeEach(async () => {
  repo = await createGitRepo({ "sandbox/main.tf": "" });
});
afterEach(() => repo[Symbol.asyncDispose]());

/** Real helm, with directories of its own. */
async function helmRun(cwd: string, ...args: string[]): Promise<string> {
  const home = await mkdtemp(join(dataDir, "helm-"));
  const { stdout, stderr } = await run(helm, args, { cwd, env: { PATH: process.env["PATH"], HOME: home } });
  return stdout + stderr;
}

type ChartSource = { repo?: RepoSource; helmRepo?: { repoUrl: string; chart: string; version?: string } };

/** An app with the chart component "web". */
function chartConfig(source: ChartSource): AppConfig {
  const config = makeConfig({ sandbox: from(repo.url, "sandbox"), components: [{ name: "web", repo: from(repo.url, "sandbox") }] });
  const [{ terraformVersion: _version, repo: _repo, vars: _vars, envVars: _env, varFiles: _files, ...common }] = config.components as [
    Extract<Component, { type: "terraform_module" }>,
  ];
  config.components = [
    { ...common, type: "helm_chart", chartName: "web", namespace: "web", values: {}, valuesFiles: [], takeOwnership: false, ...source },
  ];
  return config;
}

/** Builds the chart component "web" of a new app. */
async function build(source: ChartSource, on: TestSystem["settings"] = system.settings): Promise<BuildView & { log: string }> {
  const { id: appId } = await createApp({ ctx, input: { name: `app-${++apps}` } });
  const config = chartConfig(source);
  const { targets } = await syncConfig({ ctx, input: { appId, config, dryRun: false } });
  const buildId = targets.find(({ target }) => target === "component:web")!.buildId!;
  await runBuild({ system: { ...system, settings: on }, buildId, signal: new AbortController().signal });
  const view = await getBuild({ ctx, input: { buildId } });
  const chunks = await ctx.db
    .selectFrom("log_chunks")
    .selectAll()
    .where("stream_id", "=", view.logStreamId)
    .orderBy("start_offset")
    .execute();
  return { ...view, log: chunks.map(({ data, deflated }) => (deflated ? inflateRawSync(data) : data).toString()).join("") };
}

const chartYaml = (name: string, version: string, more = ""): string => `apiVersion: v2\nname: ${name}\nversion: ${version}\n${more}`;
const configMap = (name: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  who: {{ .Chart.Name }}\n`;

async function writeTree(dir: string, files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), text);
  }
}

/** The archive that real helm makes of these files. */
async function helmPackage(name: string, files: Record<string, string>): Promise<string> {
  const dir = await mkdtemp(join(dataDir, "package-"));
  await writeTree(join(dir, name), files);
  await helmRun(dir, "package", name);
  return join(
    dir,
    (await readdir(dir)).find((file) => file.endsWith(".tgz"))!,
  );
}

/** An HTTP server on loopback. */
async function serve(listener: RequestListener): Promise<AsyncDisposable & { url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    listener(request, response);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** A Helm repository as \`helm repo index\` makes it, of these archives. */
async function serveCharts(archives: string[], change: (index: string) => string = (index) => index): ReturnType<typeof serve> {
  const dir = await mkdtemp(join(dataDir, "repository-"));
  for (const archive of archives) await cp(archive, join(dir, archive.split("/").at(-1)!));
  await helmRun(dir, "repo", "index", ".");
  const index = change(await readFile(join(dir, "index.yaml"), "utf8"));
  return serve((request, response) => {
    const path = decodeURIComponent((request.url ?? "").replace(/^\/charts\//, ""));
    if (path === "index.yaml") return void response.end(index);
    readFile(join(dir, path)).then(
      (bytes) => response.end(bytes),
      () => response.writeHead(404).end(),
    );
  });
}

const external = (registry: TestDockerRegistry): TestSystem["settings"] => ({ ...system.settings, externalRegistry: registry.url });
const host = (url: string): string => url.replace("http://", "");

describe("a chart in git", () => {
  it("is packed with what it depends on by path, the same files to the same digest", async () => {
    const files = {
      "charts/web/Chart.yaml": chartYaml(
        "web",
        "1.2.3",
        "appVersion: 7\ndependencies:\n- name: shared\n  version: ^0.1.0\n  repository: file://../shared\n",
      ),
      "charts/web/templates/map.yaml": configMap("web"),
      "charts/web/.helmignore": "*.md\n",
      "charts/web/README.md": "not packed",
      "charts/web/values.yaml": "a: 1\n",
      "charts/shared/Chart.yaml": chartYaml("shared", "0.1.4"),
      "charts/shared/templates/map.yaml": configMap("shared"),
    };
    await repo.commit({ ...files, "charts/web/files/link.yaml": { link: "../values.yaml" } });
    const first = await build({ repo: from(repo.url, "charts/web") });
    expect(first.failure, first.log).toBeUndefined();
    expect(first).toMatchObject({
      state: "succeeded",
      facts: { chart: "web", version: "1.2.3", appVersion: "7", dependencies: { shared: "0.1.4" } },
    });
    expect(first.log).toMatch(/Packed shared 0\.1\.4 from charts\/shared\n[^]*Rendered with its default values\nPublished /);
    await repo.commit({ "elsewhere.txt": "another commit" });
    const second = await build({ repo: from(repo.url, "charts/web") });
    expect(second.artifact!.digest.length).toBe(71);
    expect(second.facts!["commit"]).not.toBe(first.facts!["commit"]);
    expect(second.artifact!.digest).toBe(first.artifact!.digest);
  });

  it("is built again where a chart that it depends on by path changes, and not for other files", async () => {
    const { id: appId } = await createApp({ ctx, input: { name: `app-${++apps}` } });
    const config = chartConfig({ repo: from(repo.url, "charts/web") });
    const chart = async (): Promise<string> => {
      const { targets } = await syncConfig({ ctx, input: { appId, config, dryRun: false } });
      const { action, why } = targets.find(({ target }) => target === "component:web")!;
      return `${action}: ${why}`;
    };
    await repo.commit({
      "charts/web/Chart.yaml": chartYaml(
        "web",
        "1.0.0",
        "dependencies:\n- {name: shared, version: 0.1.0, repository: 'file://../shared'}\n",
      ),
      "charts/shared/Chart.yaml": chartYaml(
        "shared",
        "0.1.0",
        "dependencies:\n- {name: deep, version: 0.1.0, repository: 'file://../../deep'}\n",
      ),
      "deep/Chart.yaml": chartYaml("deep", "0.1.0"),
    });
    expect(await chart()).toBe("build: first build");
    await repo.commit({ "README.md": "other" });
    expect(await chart()).toBe("reuse: is being built already");
    await repo.commit({ "deep/values.yaml": "a: 1" });
    expect(await chart()).toMatch(/^build: source changed /);
    expect(await chart()).toBe("reuse: is being built already");
  });

  itNeeds("docker-registry", "skopeo")("is read by helm and skopeo from a registry as if helm had pushed it", async () => {
    await repo.commit({
      "chart/Chart.yaml": chartYaml(
        "web",
        "1.2.3+build.7",
        "description: A server\nhome: https://example.com\nmaintainers:\n- name: Ada\n  email: ada@example.com\n",
      ),
      "chart/templates/map.yaml": configMap("web"),
      "chart/charts/inner/Chart.yaml": chartYaml("inner", "0.0.1"),
      "chart/charts/inner/templates/map.yaml": configMap("inner"),
    });
    const made = await build({ repo: from(repo.url, "chart") }, external(docker!));
    expect(made.failure, made.log).toBeUndefined();
    const at = `${host(docker!.url)}/${made.artifact!.repository}`;
    const dir = await mkdtemp(join(dataDir, "pull-"));
    const { stdout } = await run("skopeo", ["inspect", "--raw", "--tls-verify=false", `docker://${at}:${made.id}`]);
    expect(JSON.parse(stdout)).toMatchObject({
      config: { mediaType: "application/vnd.cncf.helm.config.v1+json" },
      layers: [{ mediaType: "application/vnd.cncf.helm.chart.content.v1.tar+gzip" }],
      annotations: {
        "org.opencontainers.image.title": "web",
        "org.opencontainers.image.version": "1.2.3+build.7",
        "org.opencontainers.image.description": "A server",
        "org.opencontainers.image.authors": "Ada (ada@example.com)",
      },
    });
    const said = await helmRun(dir, "pull", "--plain-http", `oci://${at}@${made.artifact!.digest}`);
    expect(said).toContain(made.artifact!.digest);
    const [archive] = await readdir(dir);
    expect(await helmRun(dir, "show", "chart", archive!)).toContain("version: 1.2.3+build.7");
    const rendered = await helmRun(dir, "template", "x", archive!);
    expect(rendered).toContain("who: web");
    expect(rendered).toContain("who: inner");
  });

  it("is read by helm from the embedded registry", async () => {
    await repo.commit({ "chart/Chart.yaml": chartYaml("web", "2.0.0"), "chart/templates/map.yaml": configMap("web") });
    const { username, password } = testCredentials;
    const on = {
      ...system.settings,
      externalRegistry: `${embedded.url.replace("//", `//${username}:${encodeURIComponent(password)}@`)}/allowed`,
    };
    const made = await build({ repo: from(repo.url, "chart") }, on);
    expect(made.failure, made.log).toBeUndefined();
    const dir = await mkdtemp(join(dataDir, "pull-"));
    const at = `oci://${embedded.host}/${made.artifact!.repository}@${made.artifact!.digest}`;
    await helmRun(dir, "pull", "--plain-http", "--username", username, "--password", password, at);
    expect(await helmRun(dir, "show", "chart", (await readdir(dir))[0]!)).toContain("version: 2.0.0");
  });

  it("brings dependencies of a Helm repository along, those that its lock file holds", async () => {
    const cache = (version: string): Promise<string> =>
      helmPackage("cache", { "Chart.yaml": chartYaml("cache", version), "templates/map.yaml": configMap("cache") });
    await using charts = await serveCharts([await cache("1.0.0"), await cache("1.1.0"), await cache("2.0.0")]);
    const web = chartYaml("web", "1.0.0", `dependencies:\n- name: cache\n  version: ~1\n  repository: ${charts.url}/charts\n`);
    await repo.commit({ "chart/Chart.yaml": web, "chart/templates/map.yaml": configMap("web") });
    const newest = await build({ repo: from(repo.url, "chart") });
    expect(newest.facts, newest.log).toMatchObject({ dependencies: { cache: "1.1.0" } });
    expect(newest.log).toContain("Warning: chart web has no lock file");

    // The lock file that real helm writes.
    const dir = await mkdtemp(join(dataDir, "lock-"));
    await writeTree(join(dir, "web"), { "Chart.yaml": web.replace("~1", "1.0.0"), "templates/map.yaml": configMap("web") });
    await helmRun(dir, "dependency", "update", "web");
    const lock = await readFile(join(dir, "web/Chart.lock"), "utf8");
    await repo.commit({ "chart/Chart.lock": lock });
    const locked = await build({ repo: from(repo.url, "chart") });
    expect(locked.facts, locked.log).toMatchObject({ dependencies: { cache: "1.0.0" } });
    expect(locked.log).not.toContain("no lock file");

    await repo.commit({ "chart/Chart.yaml": web.replace("~1", "^2") });
    expect(await build({ repo: from(repo.url, "chart") })).toMatchObject({
      state: "failed",
      failure: {
        reason: "source_refused",
        detail:
          "Chart.lock of chart web is out of date: it has cache 1.0.0, the chart wants ^2. Run `helm dependency update` and commit it.",
      },
    });
  });

  it("uses the dependencies that are committed with it, and asks nobody", async () => {
    const archive = await helmPackage("cache", { "Chart.yaml": chartYaml("cache", "1.4.0"), "templates/map.yaml": configMap("cache") });
    await repo.commit({
      "chart/Chart.yaml": chartYaml("web", "1.0.0", "dependencies:\n- name: cache\n  version: 1.x\n  repository: https://charts.invalid\n"),
      "chart/templates/map.yaml": configMap("web"),
      "chart/charts/cache-1.4.0.tgz": await readFile(archive),
    });
    const made = await build({ repo: from(repo.url, "chart") });
    expect(made, made.log).toMatchObject({ state: "succeeded", facts: { dependencies: { cache: "1.4.0" } } });
  });

  const bad: [string, Record<string, string>, RegExp][] = [
    ["without a Chart.yaml", { "chart/values.yaml": "" }, /^There is no Chart\.yaml in "chart": name the directory of the chart itself/],
    [
      "with a name that leads elsewhere",
      { "chart/Chart.yaml": chartYaml("../../evil", "1.0.0") },
      /^chart\/Chart\.yaml: name "\.\.\/\.\.\/evil" is not the name of a chart/,
    ],
    ["that is a library", { "chart/Chart.yaml": chartYaml("lib", "1.0.0", "type: library\n") }, /is a library: other charts can use it/],
    [
      "with a dependency outside of the repository",
      { "chart/Chart.yaml": chartYaml("web", "1.0.0", "dependencies:\n- {name: a, repository: 'file://../../../../etc'}\n") },
      /leads out of the repository/,
    ],
    [
      "with a dependency by a local name",
      { "chart/Chart.yaml": chartYaml("web", "1.0.0", "dependencies:\n- {name: a, repository: '@mine'}\n") },
      /"@mine", which only a machine knows where `helm repo add` was run/,
    ],
    [
      "with a dependency over http",
      { "chart/Chart.yaml": chartYaml("web", "1.0.0", "dependencies:\n- {name: a, repository: 'http://169.254.169.254/latest'}\n") },
      /"http:\/\/169\.254\.169\.254\/latest\/" uses http, where everybody/,
    ],
    [
      "with a dependency named like a path",
      { "chart/Chart.yaml": chartYaml("web", "1.0.0", "dependencies:\n- {name: '../../x', repository: 'https://charts.invalid'}\n") },
      /"\.\.\/\.\.\/x" is not the name of a chart/,
    ],
    [
      "that lacks a dependency",
      { "chart/Chart.yaml": chartYaml("web", "1.0.0", "dependencies:\n- {name: a, version: 1.0.0}\n") },
      /names no repository, and chart\/charts has no a 1\.0\.0/,
    ],
  ];
  it.each(bad)("%s is refused and says why", async (_, files, detail) => {
    await repo.commit(files);
    expect(await build({ repo: from(repo.url, "chart") })).toMatchObject({
      state: "failed",
      failure: { reason: "source_refused", detail: expect.stringMatching(detail) as string },
    });
  });

  it("may not take in files through links that lead out", async () => {
    await repo.commit({ "chart/Chart.yaml": chartYaml("web", "1.0.0"), "chart/templates/passwd.yaml": { link: "/etc/passwd" } });
    expect((await build({ repo: from(repo.url, "chart") })).failure).toEqual({
      reason: "source_refused",
      detail: '"chart/templates/passwd.yaml" is a symbolic link that leads out of the repository',
    });
  });

  it("that does not render with its default values is built, with a warning", async () => {
    await repo.commit({
      "chart/Chart.yaml": chartYaml("web", "1.0.0"),
      "chart/templates/x.yaml": '{{ required "a host is needed" .Values.host }}',
    });
    const made = await build({ repo: from(repo.url, "chart") });
    expect(made.state, made.log).toBe("succeeded");
    expect(made.log).toMatch(/Warning: it does not render with its default values alone: .*a host is needed/);
  });
});

describe("a chart of a Helm repository", () => {
  const web = (version: string): Promise<string> =>
    helmPackage("web", { "Chart.yaml": chartYaml("web", version), "templates/map.yaml": configMap("web") });

  it("is its newest release without a version, byte for byte", async () => {
    const newest = await web("1.10.0");
    await using charts = await serveCharts([await web("1.9.0"), newest, await web("2.0.0-rc.1")]);
    const made = await build({ helmRepo: { repoUrl: `${charts.url}/charts`, chart: "web" } });
    const digest = `sha256:${createHash("sha256")
      .update(await readFile(newest))
      .digest("hex")}`;
    expect(made.facts, made.log).toMatchObject({ version: "1.10.0", upstreamDigest: digest, repository: `${charts.url}/charts` });
    expect(made.log).toContain(`${digest}\n`);
    expect(made.source).toBeUndefined();
    expect(charts.asked).toEqual(["/charts/index.yaml", "/charts/web-1.10.0.tgz"]);
  });

  it("in a version that is not there names those that are; and a chart that is not there others", async () => {
    await using charts = await serveCharts([await web("1.9.0"), await web("1.10.0")]);
    const repoUrl = `${charts.url}/charts`;
    expect((await build({ helmRepo: { repoUrl, chart: "web", version: "3.0.0" } })).failure).toEqual({
      reason: "source_refused",
      detail: `There is no version 3.0.0 of chart "web" in ${repoUrl}; there are 1.10.0, 1.9.0`,
    });
    expect((await build({ helmRepo: { repoUrl, chart: "wep" } })).failure!.detail).toBe(
      `The index of ${repoUrl} has no chart "wep"; it has web`,
    );
  });

  it("is refused where its bytes are not those of the index", async () => {
    await using charts = await serveCharts([await web("1.0.0")], (index) => index.replace(/digest: .*/, `digest: ${"ab".repeat(32)}`));
    expect((await build({ helmRepo: { repoUrl: `${charts.url}/charts`, chart: "web" } })).failure).toMatchObject({
      reason: "digest_mismatch",
    });
  });

  it("is refused where the archive is another chart, or lies at an address that is not allowed", async () => {
    await using charts = await serveCharts([await web("1.0.0")], (index) => index.replace(/version: 1.0.0/, "version: 6.6.6"));
    expect((await build({ helmRepo: { repoUrl: `${charts.url}/charts`, chart: "web" } })).failure!.detail).toBe(
      "The archive of chart web 6.6.6 holds chart web 1.0.0",
    );
    await using metadata = await serveCharts([await web("1.0.0")], (index) =>
      index.replace("- web-1.0.0.tgz", "- http://169.254.169.254/token"),
    );
    expect((await build({ helmRepo: { repoUrl: `${metadata.url}/charts`, chart: "web" } })).failure).toMatchObject({
      reason: "source_refused",
      detail: expect.stringContaining('keeps web 1.0.0 elsewhere; the address "http://169.254.169.254/token" uses http') as string,
    });
  });

  it("is not followed over many or unsafe redirects, and a huge index is not read", async () => {
    await using away = await serve((_, response) => response.writeHead(302, { location: "http://169.254.169.254/latest" }).end());
    expect((await build({ helmRepo: { repoUrl: away.url, chart: "web" } })).failure!.detail).toContain(
      'redirects; the address "http://169.254.169.254/latest" uses http',
    );
    await using circle = await serve((_, response) => response.writeHead(302, { location: "/index.yaml" }).end());
    expect((await build({ helmRepo: { repoUrl: circle.url, chart: "web" } })).failure!.detail).toContain("redirects more than 5 times");
    const chunk = Buffer.alloc(1024 * 1024, "x");
    await using huge = await serve((_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on("drain", more);
      more();
    });
    expect((await build({ helmRepo: { repoUrl: huge.url, chart: "web" } })).failure).toMatchObject({
      reason: "source_refused",
      detail: expect.stringContaining("has more than 67108864 bytes, the limit") as string,
    });
  });
});

describe("a chart of an OCI registry", () => {
  itNeeds("docker-registry")("that helm has pushed is found by version, by constraint and as the newest", async () => {
    const dir = await mkdtemp(join(dataDir, "push-"));
    for (const version of ["1.0.0", "1.2.0+b.1", "2.0.0-rc.1"]) {
      const archive = await helmPackage("web", { "Chart.yaml": chartYaml("web", version), "templates/map.yaml": configMap("web") });
      await helmRun(dir, "push", "--plain-http", archive, `oci://${host(docker!.url)}/charts`);
    }
    const repoUrl = `oci://${host(docker!.url)}/charts`;
    const versionOf = async (version?: string): Promise<unknown> => {
      const made = await build({ helmRepo: { repoUrl, chart: "web", ...(version === undefined ? {} : { version }) } });
      return made.facts?.["version"] ?? made.failure;
    };
    expect(await versionOf()).toBe("1.2.0+b.1");
    expect(await versionOf("1.0.0")).toBe("1.0.0");
    expect(await versionOf("<1.2")).toBe("1.0.0");
    expect(await versionOf("9.0.0")).toEqual({
      reason: "source_refused",
      detail: `There is no version 9.0.0 of ${repoUrl}/web; there are 2.0.0-rc.1, 1.2.0+b.1, 1.0.0`,
    });
  });

  it("that cannot be reached is told as such", async () => {
    expect((await build({ helmRepo: { repoUrl: "oci://127.0.0.1:1/charts", chart: "web", version: "1.0.0" } })).failure).toMatchObject({
      reason: "source_unavailable",
    });
  }, 120_000);
});
