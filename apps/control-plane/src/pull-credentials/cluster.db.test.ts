import type { Component } from "@berth/toml-schema/app-config";
import { describe, expect, it } from "vitest";
import { decideApproval } from "../approvals/decide.ts";
import { startWorkflow } from "../workflows/start.ts";
import { componentBase, createFixture, type Fixture } from "../workflows/testing/fixture.ts";
import { clusterPullCredential } from "./of-cluster.ts";
import { revokePullCredential } from "./revoke.ts";

const chart: Component = {
  ...componentBase("api"),
  type: "helm_chart",
  chartName: "api",
  namespace: "api",
  values: {},
  valuesFiles: [],
  repo: { kind: "public", repo: "acme/app", directory: ".", branch: "main" },
  takeOwnership: false,
  imagePullSecret: true,
};
const plain: Component = { ...componentBase("routes"), type: "kubernetes_manifest", namespace: "web", manifest: "" };

async function provision(fixture: Fixture, sandbox: Record<string, unknown> = {}): Promise<string> {
  const { ctx, installId } = fixture;
  const { workflowId } = await startWorkflow({ ctx, input: { installId, operation: { type: "provision" } } });
  await fixture.finish(workflowId, "sandbox/plan");
  const { id, digest } = await fixture.pendingApproval(workflowId, "sandbox/plan");
  await decideApproval({ ctx, input: { approvalId: id, decision: "approve", scope: "workflow", digest } });
  await fixture.finish(workflowId, "sandbox/apply", { outputs: sandbox });
  return workflowId;
}

describe("the pull credential of a cluster", () => {
  it("goes with the jobs of components that ask for it, always the same one until it is revoked, and into no log", async () => {
    await using fixture = await createFixture({ others: [chart, plain] });
    const id = await provision(fixture);
    const { spec, redact } = await fixture.spec(id, "component:api/plan");
    const { pullSecret } = spec as { pullSecret?: { credential: string; password: string } };
    expect(pullSecret).toMatchObject({ server: new URL(fixture.system.settings.publicUrl).host, username: "berth" });
    expect(redact).toContain(pullSecret?.password);
    expect((await fixture.spec(id, "component:routes/plan")).spec).not.toHaveProperty("pullSecret");
    await fixture.finish(id, "component:api/plan");
    const { id: approvalId, digest } = await fixture.pendingApproval(id, "component:api/plan");
    await decideApproval({ ctx: fixture.ctx, input: { approvalId, decision: "approve", scope: "workflow", digest } });
    expect((await fixture.spec(id, "component:api/apply")).spec).toMatchObject({ pullSecret });

    const input = { installId: fixture.installId };
    expect(await clusterPullCredential(fixture.ctx, input)).toMatchObject({ id: pullSecret?.credential, password: pullSecret?.password });
    await revokePullCredential(fixture.ctx, { ...input, credentialId: pullSecret?.credential ?? "" });
    const next = await Promise.all([1, 2, 3].map(() => clusterPullCredential(fixture.ctx, input)));
    expect(new Set(next.map((each) => each.password)).size).toBe(1);
    expect(next[0]?.id).not.toBe(pullSecret?.credential);
    const rows = await fixture.system.db.selectFrom("pull_credentials").select(["revoked_at", "secret_enc"]).execute();
    const stored = rows.map(({ revoked_at, secret_enc }) => `${revoked_at ? "revoked" : "usable"}, ${secret_enc ? "kept" : "forgotten"}`);
    expect(new Set(stored)).toEqual(new Set(["revoked, forgotten", "usable, kept"]));
  });

  it("is not made for an install with a registry of its own", async () => {
    await using fixture = await createFixture({ others: [chart] });
    const id = await provision(fixture, { registry: { url: "https://registry.customer.test", repository: "mirror" } });
    expect((await fixture.spec(id, "component:api/plan")).spec).not.toHaveProperty("pullSecret");
    expect(await fixture.system.db.selectFrom("pull_credentials").select("id").execute()).toEqual([]);
  });
});
