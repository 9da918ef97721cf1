import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { moduleKey, openModuleCache } from "./module-cache.ts";

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), "module-cache-"))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A directory as `init` leaves it: files, and a provider that links into the plugin cache. */
function initialised(name: string, bytes = 10): string {
  const path = join(root, name);
  mkdirSync(join(path, ".terraform", "providers"), { recursive: true });
  mkdirSync(join(root, "plugins"), { recursive: true });
  writeFileSync(join(path, "main.tf"), "#".repeat(bytes));
  symlinkSync(join(root, "plugins"), join(path, ".terraform", "providers", "aws"));
  return path;
}

function emptyDir(name: string): string {
  mkdirSync(join(root, name));
  return join(root, name);
}

describe("initialised modules", () => {
  it("come back as they were, links as links, and what a job then does to its copy stays there", () => {
    const cache = openModuleCache(join(root, "cache"));
    cache.keep("one", initialised("a"));
    const first = emptyDir("b");
    expect(cache.take("one", first)).toBe(true);
    expect(readlinkSync(join(first, ".terraform", "providers", "aws"))).toBe(join(root, "plugins"));
    writeFileSync(join(first, "main.tf"), "changed");
    const second = emptyDir("c");
    expect(cache.take("one", second)).toBe(true);
    expect(readFileSync(join(second, "main.tf"), "utf8")).toBe("#".repeat(10));
  });

  it("are unknown under any other key, which every input is part of", () => {
    const cache = openModuleCache(join(root, "cache"));
    const input = { artifact: `sha256:${"a".repeat(64)}`, terraform: "/bin/terraform 1.11.4", envVars: { TF_X: "1" } };
    cache.keep(moduleKey(input), initialised("a"));
    const others = [{ artifact: `sha256:${"b".repeat(64)}` }, { terraform: "/bin/terraform 1.12.0" }, { envVars: { TF_X: "2" } }];
    const target = emptyDir("b");
    for (const other of others) expect(cache.take(moduleKey({ ...input, ...other }), target)).toBe(false);
    expect(cache.take(moduleKey({ ...input }), target)).toBe(true);
  });

  it("are made again where a provider they link to is gone", () => {
    const cache = openModuleCache(join(root, "cache"));
    cache.keep("one", initialised("a"));
    rmSync(join(root, "plugins"), { recursive: true });
    const target = emptyDir("b");
    expect(cache.take("one", target)).toBe(false);
    expect(readdirSync(target)).toEqual([]);
    expect(existsSync(join(root, "cache", "one"))).toBe(false);
  });

  it("are as many as the limits allow; the one not used for longest goes first", () => {
    const cache = openModuleCache(join(root, "cache"), { entries: 2, entryBytes: 1000, bytes: 1500 });
    const used = (name: string, at: number): void => utimesSync(join(root, "cache", name), at, at);
    cache.keep("one", initialised("a"));
    used("one", 1000);
    cache.keep("two", initialised("b"));
    used("two", 2000);
    expect(cache.take("one", emptyDir("c"))).toBe(true);
    cache.keep("three", initialised("d"));
    expect(readdirSync(join(root, "cache")).toSorted()).toEqual(["one", "three"]);
    cache.keep("large", initialised("e", 2000));
    expect(existsSync(join(root, "cache", "large"))).toBe(false);
    used("one", 1000);
    cache.keep("heavy", initialised("f", 900));
    used("three", 2000);
    cache.keep("heavier", initialised("g", 950));
    expect(readdirSync(join(root, "cache"))).toEqual(["heavier"]);
  });
});
