import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { ApiClient } from "@berth/api/client";
import { startKubernetes } from "@berth/testkit/kubernetes/start";
import { kubernetesTools } from "@berth/testkit/kubernetes/tools";
import { ended, start, syncApp } from "../../tests/support/vendor.ts";
import { atMost, percentile, type Figure } from "./figure.ts";
import { benchGround } from "./ground.ts";

const run = promisify(execFile);
const rounds = 9;

const chart = {
  "chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
  "chart/values.yaml": "greeting: none\n",
  "chart/templates/web.yaml": `apiVersion: v1
kind: ConfigMap
metadata: { name: {{ .Release.Name }} }
data: { greeting: {{ .Values.greeting | quote }} }
---
apiVersion: v1
kind: Service
metadata: { name: {{ .Release.Name }} }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
`,
};

/** Upgrades a small chart through Berth and by hand with the helm commands that a careful person types, in turns; the ratio of each pair. */
export async function measure(): Promise<Figure[]> {
  const { helm, kubectl } = await kubernetesTools();
  await using kubernetes = await startKubernetes();
  await using ground = await benchGround();
  const { installId, app } = await ground.install({
    source: chart,
    runnerEnv: { BERTH_HELM_PATH: helm, BERTH_KUBECTL_PATH: kubectl, BERTH_KUBECONFIG: kubernetes.kubeconfig },
  });
  await app.write({
    "components/web.toml": `name = "web"\ntype = "helm_chart"\nchart_name = "web"\nnamespace = "bench"\n[public_repo]\nrepo = "${app.repo.url}"\nbranch = "main"\ndirectory = "chart"\n[values]\ngreeting = "{{ .nuon.inputs.inputs.greeting }}"\n`,
  });
  await syncApp(ground.client, "bench", app.dir);
  const provision = await ended(ground.client, (await start(ground.client, installId, { type: "provision", appConfig: "latest" })).id);
  if (provision.state !== "succeeded") throw new Error(`Provision ${provision.state}: ${provision.failure?.detail}`);

  const hand = join(ground.dir, "by-hand");
  for (const [path, text] of Object.entries(chart)) {
    await mkdir(dirname(join(hand, path)), { recursive: true });
    await writeFile(join(hand, path), text);
  }
  const byHand = async (value: string): Promise<number> => {
    const at = ["--namespace", "hand", "--kubeconfig", kubernetes.kubeconfig];
    const set = ["--set", `greeting=${value}`];
    const type = (...args: string[]): Promise<unknown> => run(helm, args, { env: { ...process.env, KUBECACHEDIR: join(hand, "cache") } });
    const begin = performance.now();
    // What stands, what it will be, then the change, and what stands now.
    await type("status", "web", ...at, "-o", "json").catch(() => {});
    await type("get", "metadata", "web", ...at, "-o", "json").catch(() => {});
    await type("template", "web", join(hand, "chart"), ...set, ...at, "--dry-run=server");
    await type("upgrade", "web", join(hand, "chart"), "--install", "--create-namespace", "--wait", "--timeout", "60s", ...set, ...at);
    await type("status", "web", ...at, "-o", "json");
    await type("get", "metadata", "web", ...at, "-o", "json");
    return performance.now() - begin;
  };
  await byHand("first");
  const ratios: number[] = [];
  const berth: number[] = [];
  const plain: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const through = await throughBerth(ground.client, installId, `round-${round}`);
    const hands = await byHand(`round-${round}`);
    // The first pair warms caches.
    if (round === 0) continue;
    berth.push(through);
    plain.push(hands);
    ratios.push(through / hands);
  }
  const n = ratios.length;
  return [
    atMost(1.5, { name: "overhead.helm", value: percentile(ratios, 0.5), unit: "×", n }),
    { name: "overhead.helm.berth", value: percentile(berth, 0.5), unit: "ms", n, ok: true },
    { name: "overhead.helm.plain", value: percentile(plain, 0.5), unit: "ms", n, ok: true },
  ];
}

async function throughBerth(client: ApiClient, installId: string, value: string): Promise<number> {
  await client.call("installs.inputs.update", { params: { installId }, body: { values: { greeting: value }, deploy: false } });
  const begin = performance.now();
  const workflow = await start(client, installId, { type: "deploy", components: ["web"], withDependents: false });
  for await (const event of client.stream("workflows.events", { params: { workflowId: workflow.id } })) void event;
  const done = await ended(client, workflow.id);
  const took = performance.now() - begin;
  if (done.state !== "succeeded" || done.steps.find((step) => step.key === "component:web/plan")?.plan?.hasChanges !== true)
    throw new Error(`The deploy ${done.state}: ${done.failure?.detail}`);
  return took;
}
