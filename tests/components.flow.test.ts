import { createRegistryClient } from "@berth/oci/client";
import { startDockerRegistry } from "@berth/testkit/docker-registry";
import { startKubernetes, type TestKubernetes } from "@berth/testkit/kubernetes/start";
import { kubernetesTools } from "@berth/testkit/kubernetes/tools";
import { itNeeds } from "@berth/testkit/programs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pushTinyImage } from "./support/image.ts";
import { prepare, type Ground } from "./support/install.ts";
import { until } from "./support/until.ts";
import { closedLog, ended, start, stepOf, syncApp } from "./support/vendor.ts";

let kubernetes: TestKubernetes;
beforeAll(async () => (kubernetes = await startKubernetes()));
afterAll(() => kubernetes.close());

/** A sandbox that tells of the install's own registry. */
const sandbox = (registry: string): string => `
variable "name" { type = string }
resource "terraform_data" "network" { input = var.name }
output "network" { value = terraform_data.network.output }
output "registry" { value = { url = "${registry}", repository = "acme" } }
`;

const chart = {
  "charts/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\nappVersion: '1'\n",
  "charts/web/values.yaml": "replicas: 1\ngreeting: none\nimage: web:1\n",
  "charts/web/templates/web.yaml": `apiVersion: apps/v1
kind: Deployment
metadata: { name: {{ .Release.Name }} }
spec:
  replicas: {{ .Values.replicas }}
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers: [{ name: web, image: {{ .Values.image | quote }}, env: [{ name: GREETING, value: {{ .Values.greeting | quote }} }] }]
`,
};

/** An app with one component of each kind that runs in a cluster, on top of the usual ones. */
async function write(ground: Ground): Promise<void> {
  const repo = `[public_repo]\nrepo = "${ground.app.repo.url}"\nbranch = "main"\n`;
  await ground.app.write({
    "components/settings.toml": `name = "settings"\ntype = "kubernetes_manifest"\nnamespace = "shop"\nmanifest = """
apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
data: { greeting: "{{ .nuon.inputs.inputs.greeting }}", key: "{{ .nuon.inputs.inputs.key }}" }
"""\n`,
    "components/web.toml": `name = "web"\ntype = "helm_chart"\nchart_name = "web"\nnamespace = "shop"\ndependencies = ["settings"]\n${repo}directory = "charts/web"\n
[values]
replicas = "2"
greeting = "{{ .nuon.inputs.inputs.greeting }}"\n`,
    "components/migrate.toml": `name = "migrate"\ntype = "job"\nimage_url = "busybox"\ntag = "1"\ncmd = ["sh", "-c"]\nargs = ["echo migrated for {{ .nuon.install.name }}"]\ndependencies = ["settings"]\n`,
    "actions/pods.toml": `name = "pods"\ntimeout = "30s"\nenable_kube_config = true
[[triggers]]\ntype = "manual"\n[[steps]]\nname = "list"\ninline_contents = """
#!/bin/sh
echo "config: $(basename "$KUBECONFIG")"
grep -c server "$KUBECONFIG"
"""\n`,
  });
}

async function provision(ground: Ground) {
  const { client, installId, app } = ground;
  await syncApp(client, "shop", app.dir);
  const workflow = await client.call("workflows.start", {
    params: { installId },
    body: { operation: { type: "provision", appConfig: "latest" }, approveAll: true },
  });
  return ended(client, workflow.id);
}

describe("an app of several kinds of components", () => {
  itNeeds("docker-registry")("copies an image into the install's own registry, and its chart runs what lies there", async () => {
    const tools = await kubernetesTools();
    await using vendors = await startDockerRegistry();
    await using customers = await startDockerRegistry();
    const digest = await pushTinyImage({ url: vendors.url, repository: "vendor/web", tags: ["1.2.0", "1.3.1", "2.0.0"] });
    await using ground = await prepare({
      source: { ...chart, "sandbox/main.tf": sandbox(customers.url) },
      runnerEnv: { BERTH_KUBECTL_PATH: tools.kubectl, BERTH_HELM_PATH: tools.helm, BERTH_KUBECONFIG: kubernetes.kubeconfig },
    });
    const { client, installId, app } = ground;
    const host = new URL(customers.url).host;
    await app.write({
      "components/image.toml": `name = "image"\ntype = "container_image"\n[public]\nimage_url = "${new URL(vendors.url).host}/vendor/web"\nupdate_policy = "^1.2.0"\n`,
      "components/web.toml": `name = "web"\ntype = "helm_chart"\nchart_name = "web"\nnamespace = "pictures"\n[public_repo]\nrepo = "${app.repo.url}"\nbranch = "main"\ndirectory = "charts/web"\n[values]\nimage = "{{ .nuon.components.image.outputs.image.ref }}"\n`,
    });
    const done = await provision(ground);
    expect(done.state, JSON.stringify(done.failure)).toBe("succeeded");
    const { targets } = await client.call("installs.get", { params: { installId } });
    const image = (targets.find(({ target }) => target === "component:image")?.outputs as { image: Record<string, unknown> } | undefined)
      ?.image;
    expect(image).toMatchObject({
      registry: host,
      digest,
      display_tag: "1.3.1",
      ref: `${host}/acme/image@${digest}`,
      repository: `${host}/acme/image`,
    });
    const there = createRegistryClient({ url: customers.url });
    expect(await there.headManifest({ repository: "acme/image", reference: String(image?.["tag"]) })).toMatchObject({ digest });
    expect(kubernetes.object("deployments", "web", "pictures")).toMatchObject({
      spec: { template: { spec: { containers: [{ image: `${host}/acme/image@${digest}` }] } } },
    });
    // The chart came from there, too.
    expect(await there.listTags({ repository: "acme/web" })).not.toEqual([]);
    const gone = await ended(client, (await start(client, installId, { type: "deprovision" })).id);
    expect(gone.state, JSON.stringify(gone.failure)).toBe("succeeded");
  });

  it("goes from TOML in git into a cluster, follows its inputs there, and goes away again", async () => {
    const tools = await kubernetesTools();
    await using ground = await prepare({
      source: chart,
      runnerEnv: { BERTH_KUBECTL_PATH: tools.kubectl, BERTH_HELM_PATH: tools.helm, BERTH_KUBECONFIG: kubernetes.kubeconfig },
    });
    const { client, installId } = ground;
    await write(ground);
    const provisioned = await provision(ground);
    expect(provisioned.state, JSON.stringify(provisioned.failure)).toBe("succeeded");
    const order = provisioned.steps.map(({ key }) => key);
    expect(order.indexOf("component:settings/apply")).toBeLessThan(order.indexOf("component:web/plan"));
    expect(kubernetes.object("configmaps", "settings", "shop")).toMatchObject({ data: { greeting: "hello" } });
    expect(kubernetes.object("deployments", "web", "shop")).toMatchObject({ spec: { replicas: 2 }, status: { readyReplicas: 2 } });
    const { targets } = await client.call("installs.get", { params: { installId } });
    expect(targets.find(({ target }) => target === "component:web")?.outputs).toMatchObject({
      release: { name: "web", revision: 1, status: "deployed" },
    });
    const ran = stepOf(provisioned, "component:migrate/apply");
    const job = await client.call("jobs.get", { params: { jobId: ran.jobId ?? "" } });
    expect(await closedLog(client, job.logStreamId)).toContain("migrated for acme");

    // The plan of an input's change shows it where it stands, and no secret.
    await client.call("installs.inputs.update", { params: { installId }, body: { values: { greeting: "moin" }, deploy: false } });
    const update = await ended(client, (await start(client, installId, { type: "deploy_all" })).id);
    expect(update.state, JSON.stringify(update.failure)).toBe("succeeded");
    const planId = stepOf(update, "component:settings/plan").planId ?? "";
    const shown = await client.call("plans.display", { params: { planId } });
    expect(shown).toMatchObject({
      kind: "kubernetes",
      summary: "Plan: 1 to change.",
      objects: [{ address: "ConfigMap shop/settings", before: { data: { greeting: "hello" } }, after: { data: { greeting: "moin" } } }],
    });
    expect(JSON.stringify(shown)).not.toContain("sup3r-s3cret-value");
    expect(kubernetes.object("deployments", "web", "shop")).toMatchObject({
      spec: { template: { spec: { containers: [{ env: [{ name: "GREETING", value: "moin" }] }] } } },
    });

    // Nobody asked for it: the runner looks at what the deploys have made. Of a job that ran there is nothing to look at.
    const health = await until(
      "the runner's look at the cluster",
      async () => {
        const { items } = await client.call("health.components", { params: { installId }, query: {} });
        return items.length > 1 && items;
      },
      120_000,
    );
    expect(health).toMatchObject([
      { component: "settings", verdict: "healthy", why: "kubernetes: 1 object is there and ready" },
      { component: "web", verdict: "healthy", why: "kubernetes: 1 object is there and ready" },
    ]);

    const run = await client.call("actions.run", { params: { installId, action: "pods" }, body: {} });
    const runLog = await closedLog(client, run.logStreamId ?? "");
    expect(runLog).toMatch(/config: kubeconfig\n1\n/);

    const gone = await ended(client, (await start(client, installId, { type: "deprovision" })).id);
    expect(gone.state, JSON.stringify(gone.failure)).toBe("succeeded");
    expect(kubernetes.object("namespaces", "shop")).toBeUndefined();
    // The runner looks once a minute.
  }, 300_000);

  it("is refused where the runner lacks a program, naming it, and goes on when that is there", async () => {
    const tools = await kubernetesTools();
    const empty = { BERTH_KUBECONFIG: kubernetes.kubeconfig };
    await using ground = await prepare({ source: chart, runnerEnv: empty });
    const { client, installId, app } = ground;
    await write(ground);
    await syncApp(client, "shop", app.dir);
    const begin = () =>
      client.call("workflows.start", {
        params: { installId },
        body: { operation: { type: "provision", appConfig: "latest" }, approveAll: true },
      });
    await expect(begin()).rejects.toMatchObject({
      code: "unprocessable",
      message: expect.stringMatching(/needs (helm|kubectl)/) as string,
    });
    await ground.runner.kill();
    await ground.restartRunner({ BERTH_KUBECTL_PATH: tools.kubectl, BERTH_HELM_PATH: tools.helm });
    // It tells what it has when it connects.
    const begun = await until("the operation to be taken", () => begin().catch(() => undefined));
    const done = await ended(client, begun.id);
    expect(done.state, JSON.stringify(done.failure)).toBe("succeeded");
  });
});
