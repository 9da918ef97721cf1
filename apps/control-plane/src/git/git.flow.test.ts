import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serveGitRepo } from "@berth/testkit/git-http";
import { createGitRepo } from "@berth/testkit/git-repo";
import type { GitCredential } from "./credentials/secret.ts";
import { fetchCommit } from "./fetch-commit.ts";
import { parseRepo } from "./repo-url.ts";
import { resolveRef } from "./resolve-ref.ts";
import { openGit } from "./session.ts";
import { treeOf } from "./tree-of.ts";

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "berth-git-test-"));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

const open = (url: string, credential?: GitCredential, ...programs: string[]) =>
  openGit({
    repo: parseRepo(url, { allowLocal: true }),
    settings: { dataDir: scratch, toolEnv: { PATH: [...programs, process.env["PATH"]].join(":") } },
    dir: scratch,
    credential,
  });
const transientOf = async (url: string): Promise<unknown> => {
  await using git = await open(url);
  return await resolveRef(git, "main").then(
    () => "succeeded",
    (error: { message: string; meta: { transient: unknown } }) => error.meta.transient ?? error.message,
  );
};
const token: GitCredential = { id: "crd1", username: "bob", secret: { kind: "password", password: "hunter2-token" } };
const limits = { filesToo: false, maxBytes: 1e9 };

describe("git", () => {
  it("finds the commit of a branch, of a plain and an annotated tag, and prefers the branch", async () => {
    await using repo = await createGitRepo({ "a.txt": "1" });
    const first = await repo.git("rev-parse", "HEAD");
    await repo.git("tag", "light");
    await repo.git("tag", "-a", "-m", "x", "heavy");
    const second = await repo.commit({ "a.txt": "2" });
    await repo.git("tag", "main", first);
    await using git = await open(repo.url);
    expect(await resolveRef(git, "main")).toBe(second);
    expect(await resolveRef(git, "light")).toBe(first);
    expect(await resolveRef(git, "heavy")).toBe(first);
    expect(await resolveRef(git, first)).toBe(first);
    await expect(resolveRef(git, "nope")).rejects.toThrow(/no branch or tag "nope"/);
  });

  it("gives a directory's tree hash, from a local path and over HTTP without the contents of files", async () => {
    await using repo = await createGitRepo({ "infra/db/main.tf": "x", "other/big.bin": Buffer.alloc(3_000_000, "ab") });
    await using host = await serveGitRepo({ repo });
    const commit = await repo.git("rev-parse", "HEAD");
    for (const url of [repo.url, repo.dir, host.url]) {
      await using git = await open(url);
      await fetchCommit({ git, commit, ref: "main", ...limits });
      expect(await treeOf(git, { commit, directory: "infra/db/" })).toBe(await repo.tree(commit, "infra/db"));
      expect(await treeOf(git, { commit, directory: "." })).toBe(await repo.tree(commit));
      await expect(treeOf(git, { commit, directory: "infra/nope" })).rejects.toThrow(/"infra\/nope" does not exist in .* at [0-9a-f]{10}/);
      await expect(treeOf(git, { commit, directory: "infra/db/main.tf" })).rejects.toThrow(/is not a directory/);
    }
  });

  it("fetches a commit that is no branch's head any more, and says so where it is gone for good", async () => {
    await using repo = await createGitRepo({ "a.txt": "1" });
    const first = await repo.git("rev-parse", "HEAD");
    await repo.commit({ "a.txt": "2" });
    await using git = await open(repo.url);
    await fetchCommit({ git, commit: first, ref: "main", ...limits });
    expect(await treeOf(git, { commit: first, directory: "" })).toBe(await repo.tree(first));
    await using again = await open(repo.url);
    await expect(fetchCommit({ git: again, commit: "1".repeat(40), ref: "main", ...limits })).rejects.toThrow(/not to be had/);
  });

  it("reads a server that gives out branches only", async () => {
    await using repo = await createGitRepo({ "a.txt": "1" });
    const first = await repo.git("rev-parse", "HEAD");
    await repo.commit({ "a.txt": "2" });
    await using git = await open(repo.url);
    // Protocol version 0 refuses single commits unless its configuration allows them.
    const old = { ...git, run: (args: string[], signal?: AbortSignal) => git.run(["-c", "protocol.version=0", ...args], signal) };
    await fetchCommit({ git: old, commit: first, ref: "main", ...limits });
    expect(await treeOf(git, { commit: first, directory: "" })).toBe(await repo.tree(first));
  });

  it("does not follow a symbolic link to a directory", async () => {
    await using repo = await createGitRepo({ evil: { link: "/etc" }, "real/a.tf": "" });
    const commit = await repo.git("rev-parse", "HEAD");
    await using git = await open(repo.url);
    await fetchCommit({ git, commit, ref: "main", ...limits });
    await expect(treeOf(git, { commit, directory: "evil" })).rejects.toThrow(/is not a directory/);
    await expect(treeOf(git, { commit, directory: "evil/ssh" })).rejects.toThrow(/does not exist/);
  });

  it("refuses a repository beyond the size limit and names the limit", async () => {
    await using repo = await createGitRepo();
    const noise = Buffer.from(Array.from({ length: 2_000_000 }, () => Math.floor(Math.random() * 256)));
    const commit = await repo.commit({ "noise.bin": noise });
    await using git = await open(repo.url);
    await expect(fetchCommit({ git, commit, ref: "main", filesToo: true, maxBytes: 1000 })).rejects.toMatchObject({
      code: "too_large",
      meta: { limit: "repositoryBytes", value: 1000 },
    });
  });

  it("logs in with the credential, which stands in no argument, URL, file of the repository or message", async () => {
    await using repo = await createGitRepo({ "a.txt": "1" });
    await using host = await serveGitRepo({ repo, login: { username: "bob", password: "hunter2-token" } });
    const commit = await repo.git("rev-parse", "HEAD");
    await using git = await open(host.url, token);
    expect(await resolveRef(git, "main")).toBe(commit);
    await fetchCommit({ git, commit, ref: "main", ...limits });
    expect(host.logins).toContain("bob:hunter2-token");
    expect(await readFile(join(git.dir, ".git", "config"), "utf8")).not.toContain("hunter2");

    await using wrong = await open(host.url, { ...token, secret: { kind: "password", password: "wrong-token" } });
    const failure = await resolveRef(wrong, "main").catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "upstream_failed", meta: { transient: false } });
    expect(String(failure)).not.toContain("wrong-token");

    await using none = await open(host.url);
    await expect(resolveRef(none, "main")).rejects.toThrow(/store a git credential/);
  });

  it("gives ssh the key and the host keys in files that nobody else can read, asks nothing, and forgets them", async () => {
    await using repo = await createGitRepo({ "a.txt": "1" });
    const bin = await mkdtemp(join(scratch, "bin-"));
    // Stands for ssh: notes what it was given, then does what the other side would.
    const script = `#!/bin/sh
printf '%s\\n' "$@" > '${bin}/args'
for arg in "$@"; do case "$arg" in */key) cat "$arg" > '${bin}/key'; ls -l "$arg" > '${bin}/mode' ;; esac; done
exec git-upload-pack '${repo.dir}'
`;
    await writeFile(join(bin, "ssh"), script, { mode: 0o755 });
    const secret = { kind: "ssh_key" as const, privateKey: "a private key\n", knownHosts: "git.example.com ssh-ed25519 AAAA" };
    await using git = await open("git@git.example.com:acme/repo.git", { id: "crd1", username: "git", secret }, bin);
    expect(await resolveRef(git, "main")).toBe(await repo.git("rev-parse", "HEAD"));
    const args = (await readFile(join(bin, "args"), "utf8")).split("\n");
    expect(args).toEqual(
      expect.arrayContaining(["BatchMode=yes", "IdentitiesOnly=yes", "StrictHostKeyChecking=yes", "git@git.example.com"]),
    );
    expect(args.join(" ")).not.toContain("a private key");
    expect(await readFile(join(bin, "key"), "utf8")).toBe("a private key\n");
    expect(await readFile(join(bin, "mode"), "utf8")).toMatch(/^-rw-------/);

    await using anonymous = await open("ssh://git.example.com/acme/repo", undefined, bin);
    await resolveRef(anonymous, "main");
    expect((await readFile(join(bin, "args"), "utf8")).split("\n")).toEqual(
      expect.arrayContaining(["StrictHostKeyChecking=accept-new", `UserKnownHostsFile="${join(scratch, "known_hosts")}"`]),
    );
  });

  it("does not hand the credential to a host that it is redirected to", async () => {
    await using repo = await createGitRepo({ "a.txt": "1" });
    await using thief = await serveGitRepo({ repo, login: { username: "bob", password: "hunter2-token" } });
    await using host = await serveGitRepo({ repo });
    host.behave({ redirectTo: new URL(thief.url).origin });
    await using git = await open(host.url, token);
    await expect(resolveRef(git, "main")).rejects.toMatchObject({ code: "upstream_failed" });
    expect(thief.requests.length).toBeGreaterThan(0);
    expect(thief.logins).toEqual([]);
  });

  it("tells what may pass by itself from what will not", async () => {
    await using repo = await createGitRepo({ "a.txt": "1" });
    await using host = await serveGitRepo({ repo });
    expect(await transientOf(host.url)).toBe("succeeded");
    host.behave({ status: 503 });
    expect(await transientOf(host.url)).toBe(true);
    host.behave({ status: 404 });
    expect(await transientOf(host.url)).toBe(false);
    host.behave({ status: 403 });
    expect(await transientOf(host.url)).toBe(false);
    expect(await transientOf("http://127.0.0.1:1/acme/repo")).toBe(true);
    expect(await transientOf("/nonexistent/repo")).toBe(false);
  });

  it("stops at once when it is told to, with everything it started", async () => {
    await using repo = await createGitRepo({ "a.txt": "1" });
    await using host = await serveGitRepo({ repo });
    host.behave("hang");
    await using git = await open(host.url);
    const stop = new AbortController();
    const reading = resolveRef(git, "main", stop.signal);
    const reason = new Error("cancelled by a person");
    await expect.poll(() => host.requests.length).toBeGreaterThan(0);
    stop.abort(reason);
    await expect(reading).rejects.toBe(reason);
    await expect.poll(() => processesNaming(host.url)).toEqual([]);
  });

  it("leaves nothing behind", async () => {
    await using repo = await createGitRepo({ "a.txt": "1" });
    {
      await using git = await open(repo.url, token);
      await resolveRef(git, "main");
    }
    expect((await readdir(scratch)).filter((name) => name.startsWith("git-"))).toEqual([]);
  });

  it("runs no hook and reads no configuration of the machine", async () => {
    await using repo = await createGitRepo({ "a.txt": "1" });
    await using git = await open(repo.url);
    await git.run(["init", "--quiet"]);
    const listed = await git.run(["config", "--list", "--show-scope"]);
    expect(listed).not.toMatch(/^(system|global)/m);
    expect(listed).toContain("core.hookspath=/dev/null");
  });
});

async function processesNaming(text: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name) && name !== String(process.pid))) {
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (command.includes(text)) found.push(command.replaceAll("\0", " "));
  }
  return found;
}
