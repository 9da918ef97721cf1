import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { claimWorkdir, pruneWorkdirs } from "./workdir.ts";

const mark = { artifact: "sha256:a", terraform: "/bin/terraform 1.11.4", planDigest: "sha256:p" };

describe("working directories", () => {
  let workDir: string;
  beforeEach(() => void (workDir = mkdtempSync(join(tmpdir(), "berth-work-"))));
  afterEach(() => rmSync(workDir, { recursive: true, force: true }));
  const claim = (wanted?: typeof mark) =>
    claimWorkdir({ workDir, installId: "inl1", target: "component:a", ...(wanted ? { wanted } : {}) });

  it("have the same path for the same target, and another one only while that is taken", () => {
    const first = claim();
    const second = claim();
    expect(second.path).not.toBe(first.path);
    first[Symbol.dispose]();
    const third = claim();
    expect(third.path).toBe(first.path);
    second[Symbol.dispose]();
    third[Symbol.dispose]();
    expect(existsSync(first.path)).toBe(false);
  });

  it("are handed from a plan to its apply, once, and to nobody else", () => {
    {
      using planned = claim();
      writeFileSync(join(planned.path, "main.tf"), "");
      planned.keepFor(mark);
    }
    {
      using other = claim({ ...mark, planDigest: "sha256:other" });
      expect(other.ready).toBe(false);
      expect(readdirSync(other.path)).toEqual([]);
    }
    {
      using planned = claim();
      writeFileSync(join(planned.path, "main.tf"), "");
      planned.keepFor(mark);
    }
    using apply = claim(mark);
    expect(apply.ready).toBe(true);
    expect(readdirSync(apply.path)).toEqual(["main.tf"]);
    using again = claim(mark);
    expect(again.ready).toBe(false);
  });

  it("are taken over from a process that is dead", () => {
    const first = claim();
    writeFileSync(`${first.path}.lock`, JSON.stringify({ pid: process.pid, mark: "another boot:1" }));
    expect(claim().path).toBe(first.path);
  });

  it("that nobody came back for are removed after a day, those in use are not", () => {
    {
      using planned = claim();
      planned.keepFor(mark);
    }
    const other = claimWorkdir({ workDir, installId: "inl1", target: "component:b" });
    expect(pruneWorkdirs(workDir, Date.now())).toBe(0);
    const old = new Date(Date.now() - 25 * 3_600_000);
    for (const path of readdirSync(workDir, { recursive: true }) as string[]) utimesSync(join(workDir, path), old, old);
    expect(pruneWorkdirs(workDir, Date.now())).toBe(1);
    expect(existsSync(other.path)).toBe(true);
  });
});
