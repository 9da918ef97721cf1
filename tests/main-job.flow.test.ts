import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findProgram, itNeeds } from "@berth/testkit/programs";
import { describe, expect, it } from "vitest";
import { prepare, type Ground } from "./support/install.ts";
import { until } from "./support/until.ts";
import { closedLog, ended, start, stepOf, syncApp, workflowIn } from "./support/vendor.ts";
import { componentToml } from "./support/vendor-app.ts";

/** Approves what waits, one by one, until the workflow has ended. Gives the targets in the order in which they were asked. */
async function approveEach(ground: Ground, workflowId: string): Promise<string[]> {
  const asked: string[] = [];
  await until(
    `workflow ${workflowId} to end`,
    async () => {
      const waiting = await ground.client.call("approvals.list", { query: { workflowId } });
      for (const approval of waiting.items) {
        asked.push(approval.target ?? "");
        await ground.client.call("approvals.decide", {
          params: { approvalId: approval.id },
          body: { decision: "approve", digest: approval.digest },
        });
      }
      const { state } = await ground.client.call("workflows.get", { params: { workflowId } });
      return state === "succeeded" || state === "failed";
    },
    120_000,
  );
  return asked;
}

for (const backend of ["postgres", "redis"] as const) {
  const test = backend === "redis" ? itNeeds("redis-server") : (it as ReturnType<typeof itNeeds>);
  describe(`with the queues on ${backend}`, () => {
    test("an app goes from TOML in git to a running, approved, health-checked install, changes with its inputs, and goes away again", async () => {
      await using ground = await prepare({ backend });
      const { client, installId, app, stack } = ground;

      // Provision, each plan approved by its digest.
      const provision = await start(client, installId, { type: "provision" }, {});
      expect(await approveEach(ground, provision.id)).toEqual(["sandbox", expect.any(String), expect.any(String), "component:top"]);
      const provisioned = await client.call("workflows.get", { params: { workflowId: provision.id } });
      expect(provisioned.state, JSON.stringify(provisioned.failure)).toBe("succeeded");
      expect(await ground.marks("left")).toEqual(["begin left hello", "end left hello"]);
      expect(await ground.marks("top")).toEqual(["begin top acme", "end top acme"]);

      const install = await client.call("installs.get", { params: { installId } });
      expect(install.state).toBe("active");
      const outputs = Object.fromEntries(install.targets.map((target) => [target.target, target.outputs]));
      expect(outputs["component:top"]).toEqual({ value: "top acme", both: "left hello+right" });
      expect(install.targets.find((target) => target.target === "component:left")?.sensitiveOutputs).toEqual(["secret"]);
      await until("the install to be healthy", async () => {
        const health = await client.call("installs.health", { params: { installId } });
        return health.health === "healthy";
      });

      // The same again changes nothing and asks nobody.
      const again = await start(client, installId, { type: "provision" }, {});
      const unchanged = await ended(client, again.id);
      expect(unchanged.state).toBe("succeeded");
      expect(stepOf(unchanged, "component:left/apply").state).toBe("skipped");
      expect(await ground.marks("left")).toHaveLength(2);

      // A changed input reaches what refers to it, and what depends on that.
      const update = await client.call("installs.inputs.update", {
        params: { installId },
        body: { values: { greeting: "bonjour" }, approveAll: true },
      });
      const updated = await ended(client, update.workflowId as string);
      expect(updated.state).toBe("succeeded");
      expect(updated.steps.filter((step) => step.kind === "component.plan").map((step) => step.target)).toEqual([
        "component:left",
        "component:top",
      ]);
      expect(await ground.marks("left")).toEqual(["begin left hello", "end left hello", "begin left bonjour", "end left bonjour"]);

      // An action: its environment is rendered, its outputs are kept, no secret is in its log.
      const run = await client.call("actions.run", { params: { installId, action: "hello" }, body: {} });
      const finished = await until("the action to end", async () => {
        const current = await client.call("actions.runs.get", { params: { runId: run.id } });
        return current.state === "succeeded" ? current : undefined;
      });
      expect(finished.outputs).toMatchObject({ greeted: "left bonjour" });
      expect(await closedLog(client, finished.logStreamId as string)).toContain("hello from left bonjour");

      // A sick app is seen.
      await writeFile(join(stack.dir, "out", "sick"), "");
      await client.call("actions.run", { params: { installId, action: "health" }, body: {} });
      await until("the install to be unhealthy", async () => {
        const health = await client.call("installs.health", { params: { installId } });
        return health.health === "unhealthy" && health.why !== "";
      });

      // A change in the source tree alone is built and deployed, and nothing else is.
      await app.write({
        "components/right.toml": componentToml(app.repo, "right", "marker", { value: "right 2", marker: join(stack.dir, "out", "right") }),
      });
      const synced = await syncApp(client, "shop", app.dir);
      expect(synced.targets.filter((target) => target.action === "build").map((target) => target.target)).toEqual(["component:right"]);
      const deploy = await start(client, installId, { type: "deploy", components: ["right"], withDependents: false, appConfig: "latest" });
      expect((await ended(client, deploy.id)).state).toBe("succeeded");
      expect(await ground.marks("right")).toContain("end right 2");

      // Teardown is refused while something stands on it; deprovision removes all in reverse.
      await expect(start(client, installId, { type: "teardown", components: ["left"], withDependents: false })).rejects.toMatchObject({
        status: 409,
      });
      const deprovision = await start(client, installId, { type: "deprovision" });
      const gone = await ended(client, deprovision.id);
      expect(gone.state, JSON.stringify(gone.failure)).toBe("succeeded");
      const after = await client.call("installs.get", { params: { installId } });
      expect(after.state).toBe("deprovisioned");
      expect(after.health.health).toBe("unknown");
      expect(after.targets.every((target) => target.state === "inactive")).toBe(true);
    });
  });
}

describe("approvals", () => {
  it("a denied plan applies nothing, and a retry plans and asks again", async () => {
    await using ground = await prepare({});
    const { client, installId } = ground;
    const workflow = await start(client, installId, { type: "provision" }, {});
    const waiting = await workflowIn(client, workflow.id, ["awaiting_approval"]);
    const [approval] = (await client.call("approvals.list", { query: { workflowId: workflow.id } })).items;
    if (!approval) throw new Error("nothing to approve");
    await client.call("approvals.decide", {
      params: { approvalId: approval.id },
      body: { decision: "deny", digest: approval.digest, note: "not on a Friday" },
    });
    const denied = await ended(client, workflow.id);
    expect(denied.state).toBe("failed");
    expect(stepOf(denied, "sandbox/plan").state).toBe("denied");
    expect(stepOf(denied, "sandbox/apply").state).toBe("not_attempted");

    await client.call("workflows.retryStep", { params: { workflowId: workflow.id, stepId: stepOf(waiting, "sandbox/plan").id } });
    await workflowIn(client, workflow.id, ["awaiting_approval"]);
    const [second] = (await client.call("approvals.list", { query: { workflowId: workflow.id } })).items;
    expect(second?.id).not.toBe(approval.id);

    // The first digest is of no use any more.
    const stale = client.call("approvals.decide", {
      params: { approvalId: approval.id },
      body: { decision: "approve", digest: approval.digest },
    });
    await expect(stale).rejects.toMatchObject({ status: 409 });

    await client.call("approvals.decide", {
      params: { approvalId: second?.id as string },
      body: { decision: "approve_all", digest: second?.digest as string },
    });
    expect((await ended(client, workflow.id)).state).toBe("succeeded");
  });

  it("a digest that is not the plan's is refused as stale", async () => {
    await using ground = await prepare({});
    const { client, installId } = ground;
    const workflow = await start(client, installId, { type: "provision" }, {});
    await workflowIn(client, workflow.id, ["awaiting_approval"]);
    const [approval] = (await client.call("approvals.list", { query: { workflowId: workflow.id } })).items;
    const decide = client.call("approvals.decide", {
      params: { approvalId: approval?.id as string },
      body: { decision: "approve", digest: `sha256:${"0".repeat(64)}` },
    });
    await expect(decide).rejects.toMatchObject({ status: 409, code: "approval_stale" });
    const still = await client.call("workflows.get", { params: { workflowId: workflow.id } });
    expect(still.state).toBe("awaiting_approval");
  });

  it("a plan-only run shows the plans and applies nothing", async () => {
    await using ground = await prepare({ provision: true });
    const { client, installId } = ground;
    const update = await client.call("installs.inputs.update", {
      params: { installId },
      body: { values: { greeting: "ciao" }, planOnly: true },
    });
    const planned = await ended(client, update.workflowId as string);
    expect(planned.state).toBe("succeeded");
    expect(stepOf(planned, "component:left/plan").plan).toMatchObject({ hasChanges: true });
    expect(await ground.marks("left")).toHaveLength(2);
  });
});

describe("the ground these tests stand on", () => {
  it("has terraform and git on PATH", () => {
    expect(findProgram("terraform")).toBeDefined();
    expect(findProgram("git")).toBeDefined();
  });
});
