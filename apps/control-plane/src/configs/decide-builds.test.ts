import { array, assert, boolean, constantFrom, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { decideBuild, type TargetFacts } from "./decide-builds.ts";

const source = (tree: string, commit = `${tree}0000000`) => ({ repo: "r", directory: "d", ref: "main", commit, tree });
const facts = (more: Partial<TargetFacts>): TargetFacts => ({
  target: "component:web",
  checksum: "now",
  settings: "s",
  source: source("b"),
  changedKeys: [],
  deployKeys: [],
  builds: [],
  forced: false,
  ...more,
});
const same = { checksum: "now", settings: "s", source: source("b") };

describe("what a sync does about a target", () => {
  it.each([
    ["nothing before it", {}, "build: first build"],
    ["another tree", { before: { ...same, checksum: "then", source: source("a") } }, "build: source changed a000000 → b000000"],
    [
      "other settings",
      { before: { ...same, checksum: "then", settings: "t" }, changedKeys: ["vars.a", "vars.b"] },
      "build: config changed: vars.a, vars.b",
    ],
    [
      "many other settings and another tree",
      { before: { checksum: "then", settings: "t", source: source("a") }, changedKeys: ["a", "b", "c", "d", "e", "f"] },
      "build: config changed: a, b, c, d and 2 more; source changed a000000 → b000000",
    ],
    [
      "a failed build",
      { before: same, builds: [{ id: "1", state: "failed" as const, cancelRequested: false, failure: "timed_out" }] },
      "build: the last build failed: timed_out",
    ],
    [
      "a build that is being cancelled",
      { before: same, builds: [{ id: "1", state: "running" as const, cancelRequested: true }] },
      "build: the last build was cancelled",
    ],
    [
      "a build under way",
      { before: same, builds: [{ id: "1", state: "queued" as const, cancelRequested: false }] },
      "reuse: is being built already",
    ],
    ["a good build", { before: same, builds: [{ id: "1", state: "succeeded" as const, cancelRequested: false }] }, "reuse: unchanged"],
    [
      "a good build, and changes that play no part in it",
      { before: same, deployKeys: ["values.a"], builds: [{ id: "1", state: "succeeded" as const, cancelRequested: false }] },
      "reuse: unchanged: values.a only matters when it is deployed",
    ],
    [
      "no repository, where it had one",
      { source: undefined, before: { ...same, checksum: "then", settings: "t" }, changedKeys: ["helm_repo"] },
      "build: config changed: helm_repo",
    ],
    [
      "a good build of long ago",
      { before: { ...same, checksum: "then" }, builds: [{ id: "1", state: "succeeded" as const, cancelRequested: false }] },
      "reuse: same files and settings as 1",
    ],
    [
      "a good build, but a person who wants another",
      { before: same, forced: true, builds: [{ id: "1", state: "succeeded" as const, cancelRequested: false }] },
      "build: asked for",
    ],
  ])("with %s", (_, more, expected) => {
    const decision = decideBuild(facts(more));
    expect(`${decision.action}: ${decision.why}`).toBe(expected);
  });

  it("is never to use a build that failed or ends, and always says why", () => {
    const builds = array(
      record({
        id: constantFrom("1", "2", "3"),
        state: constantFrom("queued" as const, "running" as const, "succeeded" as const, "failed" as const, "cancelled" as const),
        cancelRequested: boolean(),
      }),
      { maxLength: 4 },
    );
    assert(
      property(builds, boolean(), (given, forced) => {
        const numbered = given.map((build, index) => ({ ...build, id: String(index) }));
        const decision = decideBuild(facts({ before: same, builds: numbered, forced }));
        const used = decision.action === "reuse" ? numbered[Number(decision.buildId)] : undefined;
        expect(decision.why).not.toBe("");
        expect(decision.action === "reuse" && forced).toBe(false);
        expect(
          used === undefined || used.state === "succeeded" || (["queued", "running"].includes(used.state) && !used.cancelRequested),
        ).toBe(true);
      }),
    );
  });
});
