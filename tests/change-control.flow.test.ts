import { ApiError, createClient, type ApiClient } from "@berth/api/client";
import { describe, expect, it } from "vitest";
import { runCli } from "../apps/cli/src/testing/run-cli.ts";
import { prepare, type Ground } from "./support/install.ts";
import { until } from "./support/until.ts";
import { ended, start, stepOf, workflowIn } from "./support/vendor.ts";

/** Somebody of the vendor, with a token that the organisation's first one made. */
async function person(ground: Ground, name: string, maker = ground.client): Promise<{ client: ApiClient; token: string }> {
  const { secret } = await maker.call("tokens.create", { body: { name } });
  return { client: createClient({ url: ground.stack.controlPlane.url, token: secret }), token: secret };
}

/** The plan of a target that waits. */
function asked(client: ApiClient, workflowId: string, target: string) {
  return until(`a plan of ${target}`, async () =>
    (await client.call("approvals.list", { query: { workflowId } })).items.find((item) => item.target === target),
  );
}

type Decision = "approve" | "deny" | "replan";
async function decide(client: ApiClient, workflowId: string, target: string, decision: Decision = "approve") {
  const { id, digest } = await asked(client, workflowId, target);
  return client.call("approvals.decide", { params: { approvalId: id }, body: { decision, digest } });
}

const refusal = (error: unknown): ApiError["problem"] => {
  if (error instanceof ApiError) return error.problem;
  throw error;
};

describe("what changes an install", () => {
  it("is agreed to by two others than who started it, and never where it is stale", { timeout: 120_000 }, async () => {
    await using ground = await prepare({ provision: true });
    const { client, installId, stack } = ground;
    const [ada, bob, cid] = [await person(ground, "ada"), await person(ground, "bob"), await person(ground, "cid")];
    const adaAgain = await person(ground, "ada-ci", ada.client);
    await client.call("installs.settings.update", { params: { installId }, body: { twoPerson: true } });
    await client.call("installs.inputs.update", { params: { installId }, body: { values: { greeting: "hi" }, deploy: false } });
    const { id } = await start(adaAgain.client, installId, { type: "deploy", components: ["left"] }, {});

    // Neither who started it, nor the same person by another token.
    const plan = await asked(client, id, "component:left");
    expect(refusal(await decide(ada.client, id, "component:left").catch((error: unknown) => error))).toMatchObject({ code: "forbidden" });
    expect((await decide(bob.client, id, "component:left")).state).toBe("pending");
    expect((await client.call("explain.get", { params: { id } })).waiting?.next).toContain(
      "a second person of the vendor other than who started it must approve it",
    );

    // An input that it reads changes before the second one decides.
    await client.call("installs.inputs.update", { params: { installId }, body: { values: { greeting: "hey" }, deploy: false } });
    const stale = refusal(
      await cid.client
        .call("approvals.decide", { params: { approvalId: plan.id }, body: { decision: "approve", digest: plan.digest } })
        .catch((error: unknown) => error),
    );
    expect(stale).toMatchObject({ code: "approval_stale" });
    expect(stale.detail).toContain("what the config makes of the install's inputs and outputs has changed (vars)");
    await until("a newer plan", async () => (await asked(client, id, "component:left")).digest !== plan.digest);
    await decide(bob.client, id, "component:left");
    await decide(cid.client, id, "component:left");
    const done = await ended(client, id);
    expect([done.state, done.done]).toEqual(["succeeded", ["component:left was applied"]]);
    expect((await ground.marks("left")).at(-1)).toBe("end left hey");

    // All of it stays on record, and the CLI shows it.
    const env = { BERTH_URL: stack.controlPlane.url, BERTH_TOKEN: cid.token };
    const list = await runCli(["--json", "approvals", "list", "--all"], { cwd: stack.dir, env });
    const approvals = (JSON.parse(list.out) as { id: string; workflowId: string; state: string }[]).filter(
      (item) => item.workflowId === id,
    );
    expect(approvals.map(({ state }) => state)).toEqual(["approved", "superseded"]);
    const shown = await runCli(["approvals", "show", approvals[0]?.id ?? ""], { cwd: stack.dir, env });
    expect(shown.out).toMatch(/token:tok\w+ +vendor +approve +\S+Z +127\.0\.0\.1 +sha256:/);
    expect(shown.out).toContain("than the plan before it");
    expect((await runCli(["approvals", "show", plan.id], { cwd: stack.dir, env })).out).toContain("superseded");
  });

  it(
    "runs beside what it has nothing to do with, waits its turn otherwise, and leaves a list when it is cancelled",
    { timeout: 120_000 },
    async () => {
      await using ground = await prepare({ seconds: 2 });
      const { client, installId, stack } = ground;
      const provision = await start(client, installId, { type: "provision" });
      // In the middle of two applies at once.
      await until("both components at work", async () => (await ground.marks("left")).length + (await ground.marks("right")).length === 2);
      const behind = await start(client, installId, { type: "deploy", components: ["right"] });
      const env = { BERTH_URL: stack.controlPlane.url, BERTH_TOKEN: stack.controlPlane.token };
      const { out } = await runCli(["explain", behind.id], { cwd: stack.dir, env });
      expect(out).toContain(`waits for ${provision.id} (workflow_ahead`);
      expect(out).toContain("number 1 in line");
      await client.call("workflows.cancel", { params: { workflowId: provision.id }, body: { reason: "enough" } });
      const cancelled = await ended(client, provision.id);
      expect(cancelled.state).toBe("cancelled");
      expect(cancelled.done[0]).toBe("sandbox was applied");
      expect(cancelled.done.slice(1).map((line) => line.split(" ").slice(0, 3).join(" "))).toEqual([
        "component:left may be",
        "component:right may be",
      ]);
      expect((await ended(client, behind.id)).state).toBe("succeeded");

      // Side by side: each is at work while the other is.
      const [left, right] = [
        await start(client, installId, { type: "deploy", components: ["left"] }, {}),
        await start(client, installId, { type: "deploy", components: ["right"] }, {}),
      ];
      await asked(client, left.id, "component:left");
      // Right stands as its config says: nothing to ask, and it ends while left still waits.
      expect((await ended(client, right.id)).state).toBe("succeeded");
      await decide(client, left.id, "component:left", "deny");
      const denied = await workflowIn(client, left.id, ["failed"]);
      expect(stepOf(denied, "component:left/plan")).toMatchObject({ state: "denied", retryable: true });
      expect((await client.call("explain.get", { params: { id: left.id } })).waiting).toMatchObject({ reason: "denied" });
    },
  );
});
