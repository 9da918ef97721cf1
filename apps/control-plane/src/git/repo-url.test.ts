import type { AppError } from "@berth/kit/errors";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isUnder, normalisePrefix } from "./credentials/prefix.ts";
import { checkDirectory, checkRef } from "./ref.ts";
import { parseRepo, withoutUserInfo } from "./repo-url.ts";

const remote = (repo: string) => parseRepo(repo, { allowLocal: false });
const prefix = (text: string) => normalisePrefix(text, { allowLocal: false }).prefix;
const local = (repo: string) => parseRepo(repo, { allowLocal: true });

function outcomeOf(repo: string): string {
  try {
    return remote(repo).url;
  } catch (error) {
    return (error as AppError).code;
  }
}

describe("a repository of the config", () => {
  it("may be owner/name, which is on GitHub", () => {
    expect(remote("acme/modules")).toEqual({ url: "https://github.com/acme/modules", scheme: "https", host: "github.com" });
    expect(remote("acme/modules.git").url).toBe("https://github.com/acme/modules");
  });
  it.each([
    ["https://git.example.com:8443/a/b.git", "https://git.example.com:8443/a/b.git"],
    ["ssh://git@git.example.com/a/b", "ssh://git@git.example.com/a/b"],
    ["git@github.com:acme/modules.git", "ssh://git@github.com/acme/modules.git"],
    ["HTTPS://GitHub.com/acme/x", "https://github.com/acme/x"],
  ])("may be %s", (repo, url) => {
    expect(remote(repo).url).toBe(url);
  });
  it.each([
    "ext::sh -c id",
    "ext::sh",
    "--upload-pack=touch /tmp/x",
    "-oProxyCommand=id",
    "ssh://-oProxyCommand=id/x",
    "ssh://git@-oProxyCommand/x",
    "ssh://-l@host/x",
    "git@-host:x",
    "git@host:-x",
    "ftp://example.com/x",
    "git://example.com/x",
    "http://example.com/x",
    "https://user:secret@example.com/x",
    "https://token@example.com/x",
    "https://example.com/",
    "https://example.com/a?b",
    "https://example.com/a b",
    "https://exa\nmple.com/a",
    "file:///etc",
    "/etc",
    "./here",
    "../up",
    ".",
    "",
    "acme",
    "acme/..",
    "a/b/c",
    "javascript:alert(1)",
    "x".repeat(2000),
  ])("is refused as %j", (repo) => {
    expect(() => remote(repo)).toThrow(expect.objectContaining({ code: "unprocessable" }));
  });
  it("may lie on this machine only where the operator allows it", () => {
    expect(local("/srv/repo").url).toBe("file:///srv/repo");
    expect(local("file:///srv/repo")).toEqual({ url: "file:///srv/repo", scheme: "file", host: "" });
    expect(local("http://127.0.0.1:3000/a/b").scheme).toBe("http");
    expect(() => local("http://example.com/a/b")).toThrow(/write https/);
    expect(() => local("file://host/share")).toThrow(/this machine/);
    expect(() => remote("/srv/repo")).toThrow(/BERTH_ALLOW_LOCAL_REPOS/);
  });
  it("never comes out with a password, an option or a protocol that is not allowed, whatever goes in", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webUrl(),
          fc.string().map((text) => `https://u:p@${text}`),
          fc.string().map((text) => `ssh://${text}`),
        ),
        (text) => {
          expect(outcomeOf(text)).toMatch(/^unprocessable$|^https:\/\/[^@]*\/[^-]|^ssh:\/\/[\w.][\w.-]*@[\w[]/);
        },
      ),
    );
  });
  it("is shown without what stands before the @", () => {
    expect(withoutUserInfo("cannot read https://bob:hunter2@example.com/x and ssh://git@h/y")).toBe(
      "cannot read https://example.com/x and ssh://h/y",
    );
  });
});

describe("a branch, tag or commit", () => {
  it.each(["main", "feature/a-b", "v1.2.3", "0123456789012345678901234567890123456789", "HEAD", "user@host"])("may be %s", (ref) => {
    expect(checkRef(ref)).toBe(ref);
  });
  it.each([
    "",
    "-",
    "--upload-pack=id",
    "-b",
    "a..b",
    "a b",
    "a~1",
    "a^{}",
    "a:b",
    "a?",
    "a*",
    "[a",
    "a\\b",
    "@{u}",
    "@",
    "a//b",
    "/a",
    "a/",
    "a.",
    ".a",
    "a/.b",
    "a.lock",
    "a\nb",
    "x".repeat(300),
  ])("is refused as %j", (ref) => {
    expect(() => checkRef(ref)).toThrow(expect.objectContaining({ code: "unprocessable" }));
  });
});

describe("a directory within a repository", () => {
  it.each([
    [".", ""],
    ["", ""],
    ["./a//b/", "a/b"],
    ["a/./b", "a/b"],
  ])("%j means %j", (directory, normal) => {
    expect(checkDirectory(directory)).toBe(normal);
  });
  it.each(["/etc", "..", "a/../../b", "a/..", "a\0b", ".git", "a/.GIT/hooks", "a\nb"])("is refused as %j", (directory) => {
    expect(() => checkDirectory(directory)).toThrow(expect.objectContaining({ code: "unprocessable" }));
  });
});

describe("a credential's URL prefix", () => {
  it("is compared at path segments, so no neighbour of the same beginning gets the credential", () => {
    expect(isUnder(remote("acme/modules").url, prefix("https://github.com/acme/"))).toBe(true);
    expect(isUnder(remote("acme/modules.git").url, prefix("https://github.com/acme/modules"))).toBe(true);
    expect(isUnder(remote("acme/modules").url, prefix("https://github.com"))).toBe(true);
    expect(isUnder(remote("acme-evil/modules").url, prefix("https://github.com/acme"))).toBe(false);
    expect(isUnder(remote("https://github.com.evil.com/acme/x").url, prefix("https://github.com"))).toBe(false);
    expect(isUnder(remote("git@github.com:acme/x").url, prefix("https://github.com/acme"))).toBe(false);
    expect(isUnder(remote("git@github.com:acme/x").url, prefix("ssh://git@github.com/acme"))).toBe(true);
  });
  it.each(["github.com/acme", "acme/modules", "/srv", "https://u:p@github.com", "ftp://x"])("is refused as %j", (text) => {
    expect(() => prefix(text)).toThrow(/repository|credential/);
  });
});
