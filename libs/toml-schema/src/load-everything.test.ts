import { describe, expect, it } from "vitest";
import { appConfigSchema } from "./app-config.ts";
import { checkConfig } from "./check.ts";
import { dependencyGraph } from "./graph.ts";
import { largeApp } from "./testing/large-app.ts";
import { everythingApp } from "./testing/everything-app.ts";
import { loadFiles } from "./testing/write-app.ts";

describe("an app of all kinds", () => {
  it("loads with every part in its place, as JSON that passes the schema and the checks again", async () => {
    const { config, lines } = await loadFiles(everythingApp);
    expect(lines.filter((line) => !line.includes("deprecated") && !line.startsWith("  hint: use an action"))).toEqual([]);
    if (!config) throw new Error("not loaded");
    expect(appConfigSchema.parse(JSON.parse(JSON.stringify(config)))).toEqual(config);
    expect(checkConfig(config)).toEqual([]);
    expect(config).toMatchObject({
      metadata: { displayName: "Acme Analytics", readme: "Hello {{ .nuon.install.id }}" },
      secrets: [
        { name: "session_key", autoGenerate: true, kubernetesSyncTargets: [{ namespaces: ["api"], name: "session-key", key: "value" }] },
      ],
      permissions: { roles: [{ type: "provision" }, { type: "maintenance" }, { type: "deprovision" }] },
      breakGlass: { roles: [{ type: "break_glass", policies: [{ managedPolicyName: "AdministratorAccess" }] }] },
      policies: [{ name: "small-network", type: "sandbox", engine: "opa" }],
      stack: { type: "aws-cloudformation", customNestedStacks: [] },
      operationRoles: { type: "matrix", rules: [{ principal: "nuon::sandbox" }] },
      kubernetesContexts: [{ name: "compute", component: "database" }],
      triggers: [
        {
          eventTypes: ["release"],
          filters: [{ from: "payload", op: "eq", value: "published" }],
          target: { type: "runbook", runbook: "deploy_and_check" },
        },
      ],
      branches: [
        {
          name: "main",
          repo: { kind: "connected" },
          installGroups: [{ order: 0, installNames: ["acme-staging"] }, { labelSelector: { tier: "production" } }],
        },
      ],
      installsSource: { kind: "connected", repo: "acme/installs" },
      installer: { apps: ["analytics"] },
      installs: [
        {
          name: "acme-production",
          approvalOption: "prompt",
          awsAccount: { region: "us-west-2" },
          inputs: { domain: "analytics.acme.example" },
        },
      ],
      actions: [
        {
          timeoutSeconds: 60,
          enableKubeConfig: true,
          triggers: [{ type: "cron", cronSchedule: "*/15 * * * *" }, { type: "manual" }],
          steps: [{ name: "check" }],
        },
      ],
      runbooks: [
        {
          steps: [
            { type: "component_deploy", componentName: "api" },
            { type: "action", actionName: "health_check" },
          ],
        },
      ],
    });
    expect(
      Object.fromEntries(config.components.map((one) => [one.name, [one.type, one.buildTimeoutSeconds, one.deployTimeoutSeconds]])),
    ).toEqual({
      database: ["terraform_module", 300, 3600],
      api: ["helm_chart", 300, 1800],
      config: ["kubernetes_manifest", 300, 900],
      proxy: ["container_image", 900, 300],
      api_image: ["docker_build", 3600, 300],
      cache: ["pulumi", 300, 3600],
      migrate: ["job", 300, 900],
    });
  });
});

describe("an app of a thousand components", () => {
  it("loads with all its references and an order", { timeout: 60_000 }, async () => {
    const { config, lines } = await loadFiles(largeApp({ components: 1000, references: 5, inputs: 200 }));
    expect(lines).toEqual([]);
    if (!config) throw new Error("not loaded");
    expect(config.components.flatMap((one) => one.references)).toHaveLength(5000);
    const { order } = dependencyGraph(config);
    expect(order).toHaveLength(1000);
    expect(order[0]).toBe("c0");
  });
});
