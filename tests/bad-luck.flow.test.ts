import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { itNeeds } from "@berth/testkit/programs";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { allText } from "./support/all-text.ts";
import { prepare, runnerIs, type Ground } from "./support/install.ts";
import { until } from "./support/until.ts";
import { closedLog, ended, start, stepOf, syncApp, workflowIn } from "./support/vendor.ts";
import { componentToml } from "./support/vendor-app.ts";

/** Waits until a component's apply is in the middle of its work on the customer's side. */
async function inTheMiddleOf(ground: Ground, component: string): Promise<void> {
  await until(`the apply of ${component} to have begun`, async () =>
    (await ground.marks(component)).some((line) => line.startsWith("begin")),
  );
}

/** Steps that were run, and how often each one's terraform really ran. */
async function expectEachOnce(ground: Ground): Promise<void> {
  for (const name of ["left", "right", "top"]) {
    const marks = await ground.marks(name);
    expect(
      marks.filter((line) => line.startsWith("begin")),
      name,
    ).toHaveLength(1);
    expect(
      marks.filter((line) => line.startsWith("end")),
      name,
    ).toHaveLength(1);
  }
}

/** Every byte that the runner's jobs printed is there: no stream of the workflow has a hole. */
async function expectWholeLogs(ground: Ground): Promise<void> {
  const db = new pg.Client({ connectionString: ground.stack.databaseUrl });
  await db.connect();
  try {
    const streams = await db.query<{ id: string; next_offset: string; stored: string; wanted: string | null }>(
      `select s.id, s.next_offset, coalesce((select sum(length) from log_chunks c where c.stream_id = s.id), 0) as stored,
              (select j.result->>'logBytes' from jobs j where j.log_stream_id = s.id) as wanted
         from log_streams s where s.owner_kind = 'job'`,
    );
    expect(streams.rows.length).toBeGreaterThan(0);
    for (const stream of streams.rows) {
      expect(Number(stream.stored), stream.id).toBe(Number(stream.next_offset));
      if (stream.wanted !== null) expect(Number(stream.next_offset), stream.id).toBe(Number(stream.wanted));
    }
  } finally {
    await db.end();
  }
}

describe("a runner", () => {
  it("that is killed in the middle of an apply and started again reports that apply as succeeded, terraform undisturbed", async () => {
    await using ground = await prepare({ seconds: 4 });
    const { client, installId } = ground;
    const workflow = await start(client, installId, { type: "provision" });
    await inTheMiddleOf(ground, "left");
    await ground.runner.kill();
    await ground.restartRunner();
    const done = await ended(client, workflow.id);
    expect(done.state, JSON.stringify(done.failure)).toBe("succeeded");
    await expectEachOnce(ground);
    await expectWholeLogs(ground);
  });

  it("that stays away longer than its lease in the middle of an apply is waited for, and its report counts", async () => {
    await using ground = await prepare({ seconds: 3, controlPlaneEnv: { BERTH_RUNNER_LEASE_SECONDS: "2" } });
    const { client, installId } = ground;
    const workflow = await start(client, installId, { type: "provision" });
    await inTheMiddleOf(ground, "left");
    await ground.runner.kill();
    await until("the apply to be lost and explained", async () => {
      const { steps } = await client.call("workflows.explain", { params: { workflowId: workflow.id } });
      return steps.find((step) => step.key === "component:left/apply")?.waiting.reason.includes("lost");
    });
    await until("terraform to have ended by itself", async () => (await ground.marks("left")).some((line) => line.startsWith("end")));
    await ground.restartRunner();
    const done = await ended(client, workflow.id);
    expect(done.state, JSON.stringify(done.failure)).toBe("succeeded");
    await expectEachOnce(ground);
    await expectWholeLogs(ground);
  });

  it("that dies during a plan, job and all, has the plan done again under the next epoch", async () => {
    await using ground = await prepare({ controlPlaneEnv: { BERTH_RUNNER_LEASE_SECONDS: "2" } });
    const { client, installId } = ground;
    const workflow = await start(client, installId, { type: "provision" });
    const job = await until("the plan's job to run", async () => {
      const current = await client.call("workflows.get", { params: { workflowId: workflow.id } });
      const step = stepOf(current, "sandbox/plan");
      return step.jobState === "running" || step.jobState === "assigned" ? step.jobId : undefined;
    });
    // The machine is gone: runner and job process both.
    await ground.runner.kill();
    const journal = join(ground.stack.dir, "runner", "jobs", `${job}.1`, "process.json");
    const pid = await readFile(journal, "utf8").then(
      (text) => (JSON.parse(text) as { pid?: number }).pid,
      () => undefined,
    );
    if (pid !== undefined) {
      try {
        process.kill(-pid, "SIGKILL");
      } catch {
        // It had ended already: then its result is delivered below, which is just as right.
      }
    }
    await ground.restartRunner();
    const done = await ended(client, workflow.id);
    expect(done.state, JSON.stringify(done.failure)).toBe("succeeded");
    await expectEachOnce(ground);
  });

  it("ends its work before it stops, and takes no new", async () => {
    await using ground = await prepare({ seconds: 2 });
    const { client, installId } = ground;
    const workflow = await start(client, installId, { type: "provision" });
    await inTheMiddleOf(ground, "left");
    await ground.runner.stop(60_000);
    expect(await ground.runner.ended).toBe("0");
    expect((await ground.marks("left")).at(-1)).toBe("end left hello");
    await ground.restartRunner();
    expect((await ended(client, workflow.id)).state).toBe("succeeded");
    await expectEachOnce(ground);
  });
});

describe("the control plane", () => {
  for (const backend of ["postgres", "redis"] as const) {
    const test = backend === "redis" ? itNeeds("redis-server") : (it as ReturnType<typeof itNeeds>);
    test(`killed again and again at any moment continues every workflow; no step runs twice, no log byte is missing (${backend})`, async () => {
      await using ground = await prepare({ seconds: 1, backend });
      const { installId, stack } = ground;
      const workflow = await start(ground.client, installId, { type: "provision" });
      // Moments that differ from each other: right after the start, in plans, in applies.
      for (const moment of [50, 700, 1500, 400, 2500]) {
        await new Promise((resolve) => setTimeout(resolve, moment));
        await stack.controlPlane.kill();
        await stack.restartControlPlane();
      }
      const done = await ended(stack.controlPlane.client, workflow.id, 120_000);
      expect(done.state, JSON.stringify(done.failure)).toBe("succeeded");
      await expectEachOnce(ground);
      await expectWholeLogs(ground);
    });
  }

  it("in several replicas on one database works as one: one takes the request, another holds the runner", async () => {
    await using ground = await prepare({});
    // Replicas have one address between them: that of the load balancer in front, here the first one's.
    const replica = await ground.stack.addReplica({ BERTH_PUBLIC_URL: ground.stack.controlPlane.url });
    const workflow = await start(replica.client, ground.installId, { type: "provision" });
    const events: string[] = [];
    for await (const event of replica.client.stream("workflows.events", { params: { workflowId: workflow.id } })) {
      events.push(JSON.stringify(event.data));
      if (events.length > 5) break;
    }
    const done = await ended(replica.client, workflow.id);
    expect(done.state, JSON.stringify(done.failure)).toBe("succeeded");
    await expectEachOnce(ground);
    // The first one dies: the runner moves to nobody, and comes back when it is there again.
    await ground.stack.controlPlane.kill();
    await ground.stack.restartControlPlane();
    await runnerIs({ client: ground.stack.controlPlane.client, installId: ground.installId }, "online");
  });
});

describe("Redis", () => {
  itNeeds("redis-server")("emptied and restarted in the middle of a run costs seconds, never work", async () => {
    await using ground = await prepare({ backend: "redis", seconds: 1 });
    const { client, installId, stack } = ground;
    const workflow = await start(client, installId, { type: "provision" });
    await inTheMiddleOf(ground, "left");
    await stack.redis?.flush();
    await inTheMiddleOf(ground, "right");
    await stack.redis?.restart();
    const done = await ended(client, workflow.id);
    expect(done.state, JSON.stringify(done.failure)).toBe("succeeded");
    await expectEachOnce(ground);
  });
});

describe("a failing terraform", () => {
  it("fails its step with terraform's own words, and a retry after the repair plans anew", async () => {
    await using ground = await prepare({
      source: {
        "marker/main.tf": `
variable "value" { type = string }
variable "marker" { type = string }
variable "seconds" { default = "0" }
variable "password" { default = "" }
resource "terraform_data" "this" {
  input = var.value
  provisioner "local-exec" { command = "test -e \${var.marker}.repaired" }
}
output "value" { value = terraform_data.this.output }
`,
      },
    });
    const { client, installId, stack } = ground;
    const workflow = await start(client, installId, { type: "provision" });
    const failed = await ended(client, workflow.id);
    expect(failed.state).toBe("failed");
    const step = failed.steps.find((candidate) => candidate.state === "failed");
    expect(step?.failure).toMatchObject({ reason: "terraform_failed" });
    expect(step?.failure?.detail).toMatch(/local-exec provisioner error/);
    expect(stepOf(failed, "component:top/plan").state).toBe("not_attempted");

    await writeFile(join(stack.dir, "out", "left.repaired"), "");
    await writeFile(join(stack.dir, "out", "right.repaired"), "");
    for (const broken of failed.steps.filter((candidate) => candidate.state === "failed")) {
      const digest = stepOf(failed, broken.key.replace("/apply", "/plan")).plan?.digest;
      const now = await client.call("workflows.retryStep", { params: { workflowId: workflow.id, stepId: broken.id } });
      await until("a new plan", async () => {
        const current = await client.call("workflows.get", { params: { workflowId: now.id } });
        const next = stepOf(current, broken.key.replace("/apply", "/plan")).plan?.digest;
        return next !== undefined && next !== digest;
      });
      await ended(client, workflow.id);
    }
    const repaired = await ended(client, workflow.id);
    expect(repaired.state, JSON.stringify(repaired.failure)).toBe("succeeded");
  });
});

describe("bytes that were altered on the way", () => {
  it("a plan whose stored bytes differ from the approved digest is not applied", async () => {
    await using ground = await prepare({});
    const { client, installId, stack } = ground;
    const workflow = await start(client, installId, { type: "provision" }, {});
    await workflowIn(client, workflow.id, ["awaiting_approval"]);
    const [approval] = (await client.call("approvals.list", { query: { workflowId: workflow.id } })).items;
    // Somebody with the database alters what was approved.
    const db = new pg.Client({ connectionString: stack.databaseUrl });
    await db.connect();
    await db.query(
      "update plans set content_enc = set_byte(content_enc, octet_length(content_enc) - 20, (get_byte(content_enc, octet_length(content_enc) - 20) + 1) % 256)",
    );
    await db.end();
    await client.call("approvals.decide", {
      params: { approvalId: approval?.id as string },
      body: { decision: "approve", digest: approval?.digest as string },
    });
    const failed = await ended(client, workflow.id);
    expect(failed.state).toBe("failed");
    expect(stepOf(failed, "sandbox/apply").failure?.reason).toMatch(/digest_mismatch|plan_unavailable/);
    expect((await client.call("installs.get", { params: { installId } })).targets.some((target) => target.state === "active")).toBe(false);
  });
});

describe("secrets", () => {
  it("a sensitive input and a sensitive output never reach a log, an event, the API or the clear columns of the database", async () => {
    await using ground = await prepare({
      app: (out) => ({
        "actions/leak.toml": `
name = "leak"
timeout = "30s"
[[triggers]]
type = "manual"
[[steps]]
name = "print"
inline_contents = "#!/bin/sh\\nprintf 'key is %s and ' \\"$KEY\\"; printf 'again %s\\\\n' \\"$KEY\\"; test -e ${out}\\n"
[steps.env_vars]
KEY = "{{ .nuon.inputs.inputs.key }}"
`,
      }),
      provision: true,
    });
    const { client, installId, stack } = ground;
    const run = await client.call("actions.run", { params: { installId, action: "leak" }, body: {} });
    const finished = await until("the action to end", async () => {
      const current = await client.call("actions.runs.get", { params: { runId: run.id } });
      return current.state === "succeeded" ? current : undefined;
    });
    const text = await closedLog(client, finished.logStreamId as string);
    expect(text).toContain("key is");
    expect(text).not.toContain("sup3r-s3cret-value");
    const dump = await allText(stack.databaseUrl);
    expect(dump).toContain("left hello");
    expect(dump).not.toContain("sup3r-s3cret-value");
    expect(dump).not.toContain("s3cret-left");
  });
});

describe("a missing tool", () => {
  it("terraform of a version that is not here and can't be had is explained with the ways to provide it", async () => {
    await using ground = await prepare({ runnerEnv: { BERTH_TERRAFORM_MIRROR: "http://127.0.0.1:9" } });
    const { client, installId, app } = ground;
    await app.write({
      "components/right.toml": componentToml(app.repo, "right", "marker", {
        value: "right",
        marker: join(ground.stack.dir, "out", "right"),
      }).replace("1.11.4", "0.99.1"),
    });
    await syncApp(client, "shop", app.dir);
    const workflow = await start(client, installId, { type: "provision", appConfig: "latest" });
    const failed = await ended(client, workflow.id);
    expect(failed.state).toBe("failed");
    const { failure } = stepOf(failed, "component:right/plan");
    expect(failure?.reason).toBe("terraform_missing");
    expect(failure?.detail).toContain("0.99.1");
    expect(failure?.detail).toContain("BERTH_TERRAFORM_PATH");
  });
});

describe("cancelling", () => {
  it("stops a running apply politely and says what had been done", async () => {
    await using ground = await prepare({ seconds: 30 });
    const { client, installId } = ground;
    const workflow = await start(client, installId, { type: "provision" });
    await inTheMiddleOf(ground, "left");
    await client.call("workflows.cancel", { params: { workflowId: workflow.id }, body: { reason: "changed my mind" } });
    const done = await ended(client, workflow.id);
    expect(done.state).toBe("cancelled");
    expect(stepOf(done, "sandbox/apply").state).toBe("succeeded");
    expect(stepOf(done, "component:left/apply").state).toBe("cancelled");
    expect(stepOf(done, "component:top/plan").state).toBe("not_attempted");
    expect((await ground.marks("left")).some((line) => line.startsWith("end"))).toBe(false);
  });
});
