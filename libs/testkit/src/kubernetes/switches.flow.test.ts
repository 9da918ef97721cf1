import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runTool, type Ran } from "./run-tool.ts";
import { startKubernetes, type TestKubernetes } from "./start.ts";

let kubernetes: TestKubernetes;
beforeAll(async () => {
  kubernetes = await startKubernetes({ secondMs: 10 });
});
afterAll(() => kubernetes.close());

const kubectl = (args: string[], input: { stdin?: object; kubeconfig?: string } = {}): Promise<Ran> =>
  runTool("kubectl", {
    kubeconfig: input.kubeconfig ?? kubernetes.kubeconfig,
    args,
    ...(input.stdin && { stdin: JSON.stringify(input.stdin) }),
  });

const deployment = (name: string, image = "nginx:1"): object => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name },
  spec: {
    progressDeadlineSeconds: 20,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: "web", image }] } },
  },
});
const config = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "denied" } };

it("keeps a deployment from becoming ready until it is released", async () => {
  kubernetes.hold("deployment/held");
  await kubectl(["apply", "-f", "-"], { stdin: deployment("held") });
  const waiting = kubectl(["rollout", "status", "deployment/held", "--timeout=20s"]);
  await kubernetes.until(() => kubernetes.objects("pods", "default").find((pod) => pod.metadata.name.startsWith("held-")));
  expect(kubernetes.object("deployments", "held", "default")?.["status"]).not.toHaveProperty("readyReplicas");
  kubernetes.release("deployment/held");
  expect((await waiting).code).toBe(0);
});

it("refuses who has no token, and whom a test forbids", async () => {
  const text = kubernetes.kubeconfigText().replace(kubernetes.token, "wrong");
  const { code, stderr } = await kubectl(["get", "pods"], { kubeconfig: await written(text) });
  expect(code).toBe(1);
  expect(stderr).toContain("You must be logged in to the server");
  const allow = kubernetes.forbid(({ verb, resource }) => verb === "create" && resource === "configmaps");
  expect((await kubectl(["auth", "can-i", "create", "configmaps"])).stdout).toContain("no");
  const refused = await kubectl(["create", "-f", "-"], { stdin: config });
  expect(refused.stderr).toContain('configmaps is forbidden: User "berth-test" cannot create resource "configmaps"');
  allow();
});

it("denies at admission, fails requests, and tells what was asked", async () => {
  const undo = kubernetes.deny((object) => (object.kind === "ConfigMap" ? "no config maps here" : undefined));
  expect((await kubectl(["create", "-f", "-"], { stdin: config })).stderr).toContain("denied the request: no config maps here");
  undo();
  kubernetes.fail({ method: "POST", path: /configmaps/, status: 503, reason: "ServiceUnavailable", message: "try later", times: 1 });
  expect((await kubectl(["create", "-f", "-"], { stdin: config })).stderr).toContain("try later");
  kubernetes.requests.length = 0;
  expect((await kubectl(["create", "-f", "-", "--field-manager=me"], { stdin: config })).code).toBe(0);
  const [request] = kubernetes.requests.filter(({ method }) => method === "POST");
  expect(request).toMatchObject({ path: "/api/v1/namespaces/default/configmaps", fieldManager: "me", status: 201, body: config });
  expect(request?.userAgent).toMatch(/^kubectl\//);
});

it("shortens seconds: a stuck rollout is known at once", async () => {
  const started = performance.now();
  await kubectl(["apply", "-f", "-"], { stdin: deployment("stuck", "does-not-exist:1") });
  const status = await kubectl(["rollout", "status", "deployment/stuck", "--timeout=60s"]);
  expect(status.stderr).toContain("exceeded its progress deadline");
  expect(performance.now() - started).toBeLessThan(20_000);
});

async function written(text: string): Promise<string> {
  const path = `${kubernetes.kubeconfig}.other`;
  await writeFile(path, text, { mode: 0o600 });
  return path;
}
