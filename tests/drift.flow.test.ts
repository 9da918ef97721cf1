import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { prepare } from "./support/install.ts";
import { until } from "./support/until.ts";
import { ended, start, stepOf, syncApp, workflowIn } from "./support/vendor.ts";
import { componentToml } from "./support/vendor-app.ts";

/** Follows a file of the account: `place` is what stands, `seen` is only an output. */
const watched = `
variable "watch" { type = string }
variable "label" { type = string }
resource "terraform_data" "this" {
  input            = var.label
  triggers_replace = [try(file("\${var.watch}/place"), "")]
}
output "seen" { value = try(file("\${var.watch}/seen"), "") }
`;

describe("drift, with real Terraform", () => {
  it(
    "is what somebody changed and not what is newer; it is put back once a person agrees, and cleared by that",
    { timeout: 240_000 },
    async () => {
      await using ground = await prepare({ source: { "watched/main.tf": watched } });
      const { client, installId, app, stack } = ground;
      const out = join(stack.dir, "out");
      const change = (name: string, text: string): Promise<void> => writeFile(join(out, name), text);
      await app.write({
        "components/follower.toml": componentToml(app.repo, "follower", "watched", {
          watch: out,
          label: "{{ .nuon.inputs.inputs.greeting }} {{ .nuon.components.left.outputs.value }}",
        }),
      });
      await syncApp(client, "shop", app.dir);
      const provision = await ended(client, (await start(client, installId, { type: "provision", appConfig: "latest" })).id);
      expect(provision.state, JSON.stringify(provision.failure)).toBe("succeeded");
      const check = async (...targets: string[]) => {
        const workflow = await ended(client, (await start(client, installId, { type: "drift_check", targets }, {})).id);
        expect(workflow.state, JSON.stringify(workflow.failure)).toBe("succeeded");
        return workflow;
      };
      const drifts = async (state: "open" | "all" = "open") => (await client.call("drift.list", { query: { installId, state } })).items;

      // Newer inputs, outputs of others and a newer config are no drift.
      await client.call("installs.inputs.update", { params: { installId }, body: { values: { greeting: "good day" }, deploy: false } });
      await ended(client, (await start(client, installId, { type: "deploy", components: ["left"] })).id);
      const all = await check();
      expect(await drifts()).toEqual([]);
      expect(all.steps.map(({ key, note }) => [key, note])).toContainEqual(["component:follower/plan", "No changes"]);

      // Only an output: told apart, and not put back by itself.
      await client.call("installs.settings.update", { params: { installId }, body: { driftRemediation: "plan" } });
      await change("seen", "one");
      await check("component:follower");
      const [outputs] = await drifts();
      expect(outputs).toMatchObject({ target: "component:follower", kind: "outputs", plan: { outputsChanged: ["seen"] } });

      // What stands: the same record says more, and a deploy waits for a person.
      await change("place", "moved");
      const found = await check("component:follower");
      const [drift] = await drifts();
      expect(drift).toMatchObject({ id: outputs?.id, kind: "resources", plan: { replace: 1 }, workflowId: found.id });
      const remediationId = await until("the deploy that puts it back", async () => (await drifts())[0]?.remediationId);
      const waiting = await workflowIn(client, remediationId, ["awaiting_approval"]);
      expect(stepOf(waiting, "component:follower/plan").state).toBe("awaiting_approval");
      const [approval] = (await client.call("approvals.list", { query: { workflowId: remediationId } })).items;
      await client.call("approvals.decide", {
        params: { approvalId: approval?.id ?? "" },
        body: { decision: "approve", digest: approval?.digest ?? "" },
      });
      expect((await ended(client, remediationId)).state).toBe("succeeded");
      expect(await drifts()).toEqual([]);
      expect(await drifts("all")).toMatchObject([{ id: drift?.id, state: "cleared", clearedBy: `workflow ${remediationId} (applied)` }]);
      await check("component:follower");
      expect(await drifts()).toEqual([]);
      const { items: events } = await client.call("events.list", { query: { installId, limit: 200 } });
      expect(events.filter(({ subjectKind }) => subjectKind === "drift").map(({ event }) => event)).toEqual(["cleared", "detected"]);
    },
  );
});
