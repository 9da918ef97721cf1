import { describe, expect, it } from "vitest";
import { claimsOf } from "./claims.ts";
import { generate, type Generated, type GenerateFacts } from "./generate.ts";
import { factsOf } from "./testing/arbitrary-app.ts";
import { whatRunnerLacks } from "./what-runner-lacks.ts";

const app = { needs: { api: [] }, reads: {}, sandboxReads: [] };
const inCluster = { any: true, needSync: true, inCluster: true, wrote: false };
const standing = { sandbox: "active" } as const;
const facts = (secrets: GenerateFacts["secrets"], targets: GenerateFacts["targets"] = {}): GenerateFacts =>
  factsOf(app, {
    secrets,
    targets,
    actions: [
      { name: "before", triggers: [{ type: "pre-secrets-sync" }] },
      { name: "after", triggers: [{ type: "post-secrets-sync" }] },
    ],
  });
const needsOf = (generated: Generated): Record<string, string[]> => {
  if ("refused" in generated) throw new Error(generated.refused.message);
  return Object.fromEntries(generated.steps.map(({ key, needs }) => [key, needs]));
};

describe("a sync of secrets", () => {
  it("is one step with actions before and after it", () => {
    expect(needsOf(generate({ type: "secrets_sync" }, facts(inCluster, standing), false))).toEqual({
      "action:before/pre-secrets-sync": [],
      "secrets/sync": ["action:before/pre-secrets-sync"],
      "action:after/post-secrets-sync": ["secrets/sync"],
    });
  });

  it("comes after the sandbox and before the components, where the config needs it, and not with plan only", () => {
    expect(needsOf(generate({ type: "provision" }, facts(inCluster), false))).toMatchObject({
      "action:before/pre-secrets-sync": ["sandbox/apply"],
      "component:api/plan": ["action:after/post-secrets-sync"],
    });
    const none = { any: true, needSync: false, inCluster: false, wrote: false };
    expect(needsOf(generate({ type: "reprovision", skipComponents: true }, facts(none, standing), false))).not.toHaveProperty(
      "secrets/sync",
    );
    expect(Object.keys(needsOf(generate({ type: "provision" }, facts(inCluster), true)))).not.toContain("secrets/check");
    const upgrade = { type: "upgrade" as const, sandbox: false, components: ["api"] };
    expect(needsOf(generate(upgrade, facts(inCluster, standing), false))).not.toHaveProperty("secrets/sync");
    expect(needsOf(generate({ ...upgrade, secrets: true }, facts(inCluster, standing), false))).toHaveProperty("secrets/sync");
  });

  it("is refused without secrets, and without a sandbox where they go into its cluster; looking is not", () => {
    expect(
      generate({ type: "secrets_sync" }, facts({ any: false, needSync: false, inCluster: false, wrote: false }, standing), false),
    ).toMatchObject({
      refused: { code: "unprocessable", message: "The app config has no secrets" },
    });
    expect(generate({ type: "secrets_sync" }, facts(inCluster), false)).toMatchObject({ refused: { code: "state_conflict" } });
    expect(needsOf(generate({ type: "secrets_sync" }, facts(inCluster), true))).toEqual({ "secrets/check": [] });
    expect(
      needsOf(generate({ type: "secrets_sync" }, facts({ any: true, needSync: true, inCluster: false, wrote: false }), false)),
    ).toHaveProperty("secrets/sync");
  });

  it("is undone before the sandbox goes, where anything was written", () => {
    const wrote = facts({ ...inCluster, wrote: true }, standing);
    for (const type of ["deprovision", "deprovision_sandbox"] as const) {
      expect(needsOf(generate({ type }, wrote, false))["sandbox/plan-teardown"]).toEqual(["secrets/remove"]);
      expect(needsOf(generate({ type }, facts(inCluster, standing), false))).not.toHaveProperty("secrets/remove");
      expect(needsOf(generate({ type }, wrote, true))).not.toHaveProperty("secrets/remove");
    }
  });

  it("claims the secrets, and goes by the sandbox", () => {
    const generated = generate({ type: "secrets_sync" }, facts(inCluster, standing), false);
    if ("refused" in generated) throw new Error("refused");
    expect(claimsOf(generated.steps, facts(inCluster), false)).toEqual({ writes: ["secrets"], reads: ["sandbox"] });
  });

  it("needs kubectl only where something goes into a cluster", () => {
    const runner = { id: "run1", state: "online", draining: false, can: { kinds: ["secrets.sync"], tools: {} } } as const;
    const step = { key: "secrets/sync", kind: "secrets.sync" } as const;
    const told = { ...runner, can: { kinds: [...runner.can.kinds], tools: {} } };
    expect(whatRunnerLacks({ ...step, params: {} }, told)).toContain("needs kubectl");
    expect(whatRunnerLacks({ ...step, params: { noCluster: true } }, told)).toBeUndefined();
    expect(whatRunnerLacks({ ...step, params: {} }, { ...told, can: { kinds: ["action.run"], tools: {} } })).toContain("Update the runner");
  });
});
