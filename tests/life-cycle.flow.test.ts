import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createClient } from "@berth/api/client";
import { describe, expect, it } from "vitest";
import { prepare, type Ground } from "./support/install.ts";
import { until } from "./support/until.ts";
import { closedLog, ended, start, stepOf, syncApp, workflowIn } from "./support/vendor.ts";
import { componentToml, terraformSource } from "./support/vendor-app.ts";

/** A module that follows a file of the account: whoever changes the file makes what stands drift. */
const watched = `
variable "watch" { type = string }
resource "terraform_data" "this" {
  triggers_replace = [try(file(var.watch), "")]
}
output "seen" { value = try(file(var.watch), "") }
`;

type Operation = Parameters<typeof start>[2];

async function done(ground: Ground, operation: Operation): ReturnType<typeof ended> {
  const { id } = await start(ground.client, ground.installId, operation);
  const workflow = await ended(ground.client, id);
  expect(workflow.state, JSON.stringify(workflow.failure)).toBe("succeeded");
  return workflow;
}

const hook = (name: string, trigger: string, file: string, component = ""): string => `
name = "${name}"
timeout = "30s"
[[triggers]]
type = "${trigger}"
${component === "" ? "" : `component_name = "${component}"`}
[[steps]]
name = "note"
inline_contents = "#!/bin/sh\\necho ${name} $TRIGGER_TYPE $COMPONENT_NAME >> ${file}\\n"
`;

describe("an install from its first day to its last", () => {
  it("goes through every operation with real Terraform, with actions before and after", { timeout: 240_000 }, async () => {
    await using ground = await prepare({});
    const { client, installId, app, stack } = ground;
    const out = (name: string): string => join(stack.dir, "out", name);
    const notes = async (): Promise<string[]> => (await readFile(out("notes"), "utf8").catch(() => "")).trim().split("\n").filter(Boolean);
    await app.repo.commit({ "watched/main.tf": watched });
    await app.write({
      "components/follower.toml": `name = "follower"\ntype = "terraform_module"\ntoggleable = true\n${terraformSource(app.repo, "watched")}\n[vars]\nwatch = "${out("watched")}"\n`,
      "actions/before.toml": hook("before", "pre-provision", out("notes")),
      "actions/around.toml": hook("around", "pre-enable-component", out("notes"), "follower"),
      "actions/after-down.toml": hook("after-down", "post-teardown-component", out("notes"), "follower"),
      "runbooks/refresh.toml": `
name = "refresh"
readme = "Refreshes {{ .nuon.install.name }} for {{ .runbook_inputs.who }} at {{ .nuon.components.follower.outputs.seen }}"
[[input]]
name = "who"
required = true
[[steps]]
name = "Say"
type = "action"
inline_contents = "#!/bin/sh\\necho said {{ .runbook_inputs.who }} >> ${out("notes")}\\n"
[[steps]]
name = "Again"
type = "component_deploy"
component_name = "left"
`,
    });
    await syncApp(client, "shop", app.dir);

    // What is off at first is left out; pre-provision runs first.
    await done(ground, { type: "provision", appConfig: "latest" });
    expect(await notes()).toEqual(["before pre-provision"]);
    const install = () => client.call("installs.get", { params: { installId } });
    expect(await install()).toMatchObject({ state: "active", disabled: ["follower"] });
    await writeFile(out("watched"), "one");
    const enabled = await done(ground, { type: "component_toggle", enable: ["follower"] });
    expect(enabled.steps.map(({ key }) => key)).toEqual([
      "action:around/pre-enable-component:follower",
      "component:follower/plan",
      "component:follower/apply",
    ]);
    expect((await notes()).at(-1)).toBe("around pre-enable-component follower");

    // Somebody changes what stands: a check finds it, and a deploy puts it right.
    await done(ground, { type: "drift_check" });
    expect((await client.call("drift.list", { query: { installId } })).items).toEqual([]);
    await writeFile(out("watched"), "two");
    await done(ground, { type: "drift_check", targets: ["component:follower"] });
    expect((await client.call("drift.list", { query: { installId } })).items).toMatchObject([
      { target: "component:follower", kind: "resources", plan: { replace: 1 } },
    ]);
    await done(ground, { type: "deploy", components: ["follower"] });
    expect((await client.call("drift.list", { query: { installId } })).items).toEqual([]);

    // A runbook, with its README.
    const readme = await client.call("runbooks.readme", { params: { installId, runbook: "refresh" } });
    expect(readme).toEqual({ markdown: "Refreshes acme for ⟨.runbook_inputs.who: not known⟩ at two", missing: [".runbook_inputs.who"] });
    await done(ground, { type: "runbook_run", runbook: "refresh", inputs: { who: "ada" } });
    expect((await notes()).at(-1)).toBe("said ada");

    // One command, for once.
    const adhoc = await client.call("actions.adhoc", {
      params: { installId },
      body: { command: "echo it is {{ .nuon.components.follower.outputs.seen }}" },
    });
    await ended(client, adhoc.workflowId ?? "");
    const run = await client.call("actions.runs.get", { params: { runId: adhoc.id } });
    expect(await closedLog(client, run.logStreamId ?? "")).toContain("it is two");

    // To a newer config, to an older build, and back to the config before.
    const right = async (): Promise<string | undefined> => (await ground.marks("right")).at(-1);
    const before = (await install()).targets.find(({ target }) => target === "component:right")?.buildId;
    await app.write({ "components/right.toml": componentToml(app.repo, "right", "marker", { value: "right 2", marker: out("right") }) });
    await syncApp(client, "shop", app.dir);
    const upgrade = await done(ground, { type: "upgrade" });
    expect(upgrade.steps.filter(({ kind }) => kind === "component.plan").map(({ target }) => target)).toEqual([
      "component:right",
      "component:top",
    ]);
    expect(await right()).toBe("end right 2");
    await done(ground, { type: "deploy", components: ["right"], builds: { right: before ?? "" } });
    expect((await install()).targets.find(({ target }) => target === "component:right")?.buildId).toBe(before);
    await done(ground, { type: "deploy_all", appConfig: "previous" });
    expect(await right()).toBe("end right");
    await done(ground, { type: "reprovision", skipComponents: true });

    // Off again, one removed with what depends on it, all of them, and last the sandbox.
    await done(ground, { type: "component_toggle", disable: ["follower"] });
    expect((await notes()).at(-1)).toBe("after-down post-teardown-component follower");
    const down = await done(ground, { type: "teardown", components: ["left"], withDependents: true });
    expect(down.done).toEqual(["component:top was removed", "component:left was removed"]);
    await expect(start(client, installId, { type: "deprovision_sandbox" })).rejects.toMatchObject({ status: 409 });
    await done(ground, { type: "teardown_all" });
    await done(ground, { type: "deprovision_sandbox" });
    expect(await install()).toMatchObject({ state: "deprovisioned" });
    const diff = await client.call("installs.state.diff", { params: { installId } });
    expect(diff.differences).toContainEqual({ path: "/sandbox/status", before: "active", after: "inactive" });
  });

  it(
    "changes only what both sides agree to, goes on without what was denied, and tries again what may go well",
    { timeout: 120_000 },
    async () => {
      await using ground = await prepare({});
      const { client, installId, stack } = ground;
      await client.call("installs.settings.update", { params: { installId }, body: { customerApproval: true } });
      const { secret } = await client.call("installs.customerTokens.create", { params: { installId }, body: { name: "Acme" } });
      const customer = createClient({ url: stack.controlPlane.url, token: secret });
      const { id } = await start(client, installId, { type: "provision" }, { approveAll: true });
      const asked = async (target: string) =>
        until(`a plan of ${target}`, async () =>
          (await customer.call("approvals.list", { query: {} })).items.find((item) => item.target === target),
        );
      const decide = async (target: string, decision: "approve" | "deny_skip_dependents"): Promise<void> => {
        const { id: approvalId, digest } = await asked(target);
        await customer.call("approvals.decide", { params: { approvalId }, body: { decision, digest } });
      };
      const sandbox = await asked("sandbox");
      expect((await customer.call("explain.get", { params: { id: sandbox.id } })).waiting?.next).toBe(
        "Approve or deny the plan: the customer must approve it",
      );
      await decide("sandbox", "approve");
      await decide("component:left", "deny_skip_dependents");
      await decide("component:right", "approve");
      const workflow = await workflowIn(client, id, ["succeeded", "failed"]);
      expect(workflow.state, JSON.stringify(workflow.failure)).toBe("succeeded");
      expect(stepOf(workflow, "component:top/plan").state).toBe("skipped");
      expect(await ground.marks("left")).toEqual([]);
      expect(await ground.marks("right")).toEqual(["begin right", "end right"]);
    },
  );
});
