import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { startKubernetes } from "@berth/testkit/kubernetes/start";
import { kubernetesTools } from "@berth/testkit/kubernetes/tools";
import { describe, expect, it } from "vitest";
import { root } from "../scripts/run-step.ts";
import { allText } from "./support/all-text.ts";
import { prepare, type Ground } from "./support/install.ts";
import { closedLog, ended, start, stepOf, syncApp } from "./support/vendor.ts";

/** What the CLI prints. */
async function berth(ground: Ground, ...args: string[]): Promise<string> {
  const { url, token } = ground.stack.controlPlane;
  const env = { PATH: process.env["PATH"], HOME: ground.stack.dir, BERTH_URL: url, BERTH_TOKEN: token };
  const { stdout } = await promisify(execFile)(process.execPath, [join(root, "apps/cli/src/main.ts"), ...args], { env });
  return stdout;
}

const license = "license-7f3a9c-of-the-customer";

describe("secrets of an install", () => {
  it("stay with the customer: missing ones hold a provision up, generated ones are made, and only the cluster gets them", async () => {
    const tools = await kubernetesTools();
    const kubernetes = await startKubernetes();
    const dir = mkdtempSync(join(tmpdir(), "berth-customer-"));
    const secrets = join(dir, "secrets");
    mkdirSync(secrets);
    try {
      await using ground = await prepare({
        runnerEnv: { BERTH_KUBECTL_PATH: tools.kubectl, BERTH_KUBECONFIG: kubernetes.kubeconfig, BERTH_SECRETS_DIR: secrets },
        app: (out) => ({
          "secrets.toml": `
[[secret]]
name = "license_key"
description = "The license"
required = true
kubernetes_sync = true
kubernetes_secret_namespace = "shop"
kubernetes_secret_name = "license"
[[secret]]
name = "session_key"
description = "Signs sessions"
auto_generate = true
[[secret.kubernetes_sync_targets]]
namespaces = ["shop", "jobs"]
name = "session"
key = "key"
`,
          "actions/told.toml": `
name = "told"
timeout = "30s"
[[triggers]]
type = "post-secrets-sync"
[[steps]]
name = "note"
inline_contents = "#!/bin/sh\\necho '{{ .nuon.secrets.license_key.kubernetes_name }} {{ .nuon.secrets.license_key.exists }}' >> ${join(out, "told")}\\n"
`,
        }),
      });
      const { client, installId, app } = ground;
      await syncApp(client, "shop", app.dir);
      const list = async () => (await client.call("secrets.list", { params: { installId } })).items;
      const value = (name: string, namespace: string, key: string): string => {
        const { data } = (kubernetes.object("secrets", name, namespace) ?? {}) as { data?: Record<string, string> };
        return Buffer.from(data?.[key] ?? "", "base64").toString();
      };

      // A look before anything stands says what the customer has to do.
      const looked = await ended(client, (await start(client, installId, { type: "secrets_sync" }, { planOnly: true })).id);
      expect(looked).toMatchObject({ state: "failed", failure: { reason: "secrets_missing" } });
      expect(await list()).toMatchObject([
        { name: "license_key", state: "failed", problem: expect.stringContaining(join(secrets, "license_key")) as string },
        { name: "session_key", state: "missing" },
      ]);

      const provision = await start(client, installId, { type: "provision" });
      const held = await ended(client, provision.id);
      expect(stepOf(held, "secrets/sync")).toMatchObject({ state: "failed", failure: { reason: "secrets_missing" } });
      expect(stepOf(held, "component:left/plan").state).toBe("not_attempted");
      writeFileSync(join(secrets, "license_key"), `${license}\n`, { mode: 0o600 });
      await client.call("workflows.retryStep", { params: { workflowId: held.id, stepId: stepOf(held, "secrets/sync").id } });
      const done = await ended(client, provision.id);
      expect(done.state, JSON.stringify(done.failure)).toBe("succeeded");
      expect(value("license", "shop", "value")).toBe(license);
      const session = readFileSync(join(secrets, "session_key"), "utf8");
      expect([value("session", "shop", "key"), value("session", "jobs", "key")]).toEqual([session, session]);
      expect(await ground.marks("told")).toEqual(["license true"]);
      const first = await list();
      expect(first).toMatchObject([
        { name: "license_key", state: "synced", source: "directory", change: "created", targets: [{ namespace: "shop", name: "license" }] },
        { name: "session_key", state: "synced", targets: [{ namespace: "shop" }, { namespace: "jobs" }] },
      ]);

      // The customer changes it; the next sync brings it over, and its mark is another one.
      writeFileSync(join(secrets, "license_key"), `${license}-renewed`, { mode: 0o600 });
      expect(await berth(ground, "secrets", "sync", "acme", "--preview")).toContain("secrets/sync");
      const synced = JSON.parse(await berth(ground, "--json", "secrets", "sync", "acme", "--watch")) as { id: string };
      const again = await ended(client, synced.id);
      expect(again.state).toBe("succeeded");
      expect(value("license", "shop", "value")).toBe(`${license}-renewed`);
      const second = await list();
      expect(second.map(({ change }) => change)).toEqual(["updated", "unchanged"]);
      expect(second[0]?.digest).not.toBe(first[0]?.digest);
      const log = await closedLog(client, stepOf(again, "secrets/sync").logStreamId ?? "");
      expect(log).toContain("license_key: updated");
      const table = await berth(ground, "secrets", "list", "acme");
      expect(table).toMatch(/license_key +synced +required +directory/);
      expect(table).toMatch(/session_key +synced +generated +directory/);

      // A config without it takes it out of the cluster.
      await app.write({ "secrets.toml": "", "actions/told.toml": "" });
      await syncApp(client, "shop", app.dir);
      const upgraded = await ended(client, (await start(client, installId, { type: "upgrade", appConfig: "latest" })).id);
      expect(upgraded.state, JSON.stringify(upgraded.failure)).toBe("succeeded");
      expect(kubernetes.object("secrets", "license", "shop")).toBeUndefined();
      expect(kubernetes.object("secrets", "session", "jobs")).toBeUndefined();
      expect(await list()).toEqual([]);

      const known = (await allText(ground.stack.databaseUrl)) + log;
      for (const text of [license, session, Buffer.from(license).toString("base64").slice(0, 24)]) expect(known).not.toContain(text);
    } finally {
      await kubernetes.close();
      rmSync(dir, { recursive: true });
    }
  });
});
