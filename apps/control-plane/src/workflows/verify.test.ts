import { describe, expect, it } from "vitest";
import { factsOf } from "./testing/arbitrary-app.ts";
import { generate } from "./generate.ts";
import { verify } from "./verify.ts";
import { World } from "./testing/world.ts";

const start = "2030-01-01T00:00:00.000Z";
const later = (seconds: number): string => new Date(Date.parse(start) + seconds * 1000).toISOString();

function deployed(block: boolean, health: World["health"], gate: { requiredChecks?: string[]; probed?: boolean } = {}): World {
  const targets = { sandbox: "active", "component:api": "active" } as const;
  const facts = factsOf(
    { needs: { api: [], web: ["api"] }, reads: {}, sandboxReads: [] },
    {
      targets,
      control: {
        "component:api": {
          retries: 0,
          byPolicies: false,
          verify: { windowSeconds: 60, block, ...gate },
        },
      },
    },
  );
  const generated = generate({ type: "deploy", components: ["api", "web"], withDependents: false }, facts, false);
  const of = new World("steps" in generated ? generated.steps : [], { planOnly: false, operation: "deploy" });
  of.approveAll = true;
  of.health = health;
  of.advance();
  const plan = { digest: of.digest(), size: 1, hasChanges: true, create: 1, update: 0, replace: 0, delete: 0, outputsChanged: [] };
  for (const step of ["component:api/plan", "component:api/apply"]) {
    const job = of.openJobs().find((each) => each.stepKey === step);
    if (job) of.endJob(job, "succeeded", step.endsWith("/plan") ? { plan } : {});
    of.advance();
  }
  return of;
}
const state = (of: World, key: string): string | undefined => of.steps.find((step) => step.key === key)?.state;
const api = (verdict: "healthy" | "unhealthy", since: string, seenAt = since) => ({
  "component:api": { verdict, since, seenAt, why: "GET / answered 502" },
});

describe("a deploy that waits for health", () => {
  it("goes on when the component was healthy for its window after the deploy", () => {
    const of = deployed(true, api("healthy", "2029-12-31T00:00:00.000Z", later(5)));
    expect([state(of, "component:api/verify"), state(of, "component:web/plan")]).toEqual(["pending", "pending"]);
    of.now = later(59);
    of.advance();
    expect(state(of, "component:api/verify")).toBe("pending");
    of.now = later(60);
    of.advance();
    expect([state(of, "component:api/verify"), state(of, "component:web/plan")]).toEqual(["succeeded", "running"]);
  });

  it("is not satisfied by what was seen before the deploy, and fails in the end where it blocks", () => {
    const of = deployed(true, api("healthy", "2029-12-31T00:00:00.000Z"));
    of.now = later(419);
    of.advance();
    expect(state(of, "component:api/verify")).toBe("pending");
    of.now = later(420);
    of.advance();
    expect(of.steps.find(({ key }) => key === "component:api/verify")).toMatchObject({
      state: "failed",
      failure: { reason: "not_ready", detail: expect.stringContaining("no check has run") as unknown },
    });
    expect(state(of, "component:web/plan")).toBe("not_attempted");
  });

  it("goes on with a note where it does not block, and at once where nothing checks it", () => {
    const of = deployed(false, api("unhealthy", later(1)));
    of.now = later(420);
    of.advance();
    expect([state(of, "component:api/verify"), state(of, "component:web/plan")]).toEqual(["skipped", "running"]);
    expect(state(deployed(true, {}), "component:api/verify")).toBe("succeeded");
    expect(state(deployed(true, {}, { probed: true }), "component:api/verify")).toBe("pending");
  });

  it("waits until every required check has said since the deploy that all is well, and names those that have not", () => {
    const well = api("healthy", "2029-12-31T00:00:00.000Z", later(60))["component:api"];
    const check = (status: string, at: string) => ({ status, at, why: "3 of 5 pages" });
    const checks = { smoke: check("healthy", "2029-12-31T00:00:00.000Z"), load: check("degraded", later(30)) };
    const of = deployed(true, { "component:api": { ...well, checks } }, { requiredChecks: ["smoke", "load", "mail"] });
    of.now = later(60);
    of.advance();
    expect(state(of, "component:api/verify")).toBe("pending");
    const facts = of.facts();
    const step = facts.steps.find(({ key }) => key === "component:api/verify");
    expect(step && verify(step, facts, start)).toMatchObject({
      hold: {
        waitsFor: expect.stringContaining("(smoke, load, mail)") as unknown,
        next: [
          "Now it is healthy: GET / answered 502",
          'required check "smoke" has not reported since the deploy',
          'required check "load" is degraded: 3 of 5 pages',
          'required check "mail" has not reported since the deploy',
        ].join("; "),
      },
    });
    const now = Object.fromEntries(["smoke", "load", "mail"].map((name) => [name, check("healthy", later(61))]));
    of.health = { "component:api": { ...well, checks: now } };
    of.now = later(62);
    of.advance();
    expect(state(of, "component:api/verify")).toBe("succeeded");
  });

  it("waits for a required check where nothing else is known, and fails with its name in the end", () => {
    const of = deployed(true, {}, { requiredChecks: ["smoke"] });
    expect(state(of, "component:api/verify")).toBe("pending");
    of.now = later(420);
    of.advance();
    expect(of.steps.find(({ key }) => key === "component:api/verify")).toMatchObject({
      state: "failed",
      failure: { detail: expect.stringContaining('required check "smoke" has not reported') as unknown },
    });
  });
});
