import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { runTool, type Ran } from "./run-tool.ts";
import { testCluster, type TestCluster } from "./test-cluster.ts";

const chart: Record<string, string> = {
  "Chart.yaml": "apiVersion: v2\nname: shop\nversion: 0.1.0\nappVersion: '1.0'\n",
  "values.yaml": "image: nginx:1.27\nmigrate: echo migrated\nextra: true\n",
  "templates/web.yaml": `
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}}
spec:
  selector: {matchLabels: {app: {{ .Release.Name }}}}
  template:
    metadata: {labels: {app: {{ .Release.Name }}}}
    spec:
      containers: [{name: web, image: {{ .Values.image | quote }}}]
---
apiVersion: v1
kind: Service
metadata: {name: {{ .Release.Name }}}
spec: {selector: {app: {{ .Release.Name }}}, ports: [{port: 80}]}
{{- if .Values.extra }}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}-extra}
data:
  image: {{ .Values.image | quote }}
  live: {{ (lookup "apps/v1" "Deployment" .Release.Namespace .Release.Name).metadata | default dict | dig "name" "none" | quote }}
{{- end }}
`,
  "templates/migrate.yaml": `
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-migrate
  annotations: {helm.sh/hook: "pre-install,pre-upgrade", helm.sh/hook-delete-policy: "before-hook-creation,hook-succeeded"}
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers: [{name: migrate, image: "busybox:1", command: [sh, -c, {{ .Values.migrate | quote }}]}]
`,
  "templates/tests/reachable.yaml": `
apiVersion: v1
kind: Pod
metadata: {name: {{ .Release.Name }}-reachable, annotations: {helm.sh/hook: test}}
spec:
  restartPolicy: Never
  containers: [{name: test, image: "busybox:1", command: [sh, -c, "echo reached"]}]
`,
};

let cluster: TestCluster;
let dir = "";
let namespace = "";
let count = 0;

beforeAll(async () => {
  cluster = await testCluster();
  dir = await mkdtemp(join(tmpdir(), "berth-chart-"));
  const group = `${cluster.prefix}.test`;
  const files = {
    ...chart,
    "crds/gadgets.yaml": JSON.stringify({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: `gadgets.${group}` },
      spec: {
        group,
        scope: "Namespaced",
        names: { plural: "gadgets", kind: "Gadget" },
        versions: [
          {
            name: "v1",
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
          },
        ],
      },
    }),
    "templates/gadget.yaml": `apiVersion: ${group}/v1\nkind: Gadget\nmetadata: {name: {{ .Release.Name }}}\nspec: {size: 3}\n`,
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
});
afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});
beforeEach(() => {
  namespace = `${cluster.prefix}-h${count++}`;
});

const helm = (args: string[], env: Record<string, string> = {}): Promise<Ran> =>
  runTool("helm", { kubeconfig: cluster.kubeconfig, args: [...args, "-n", namespace], env });
const kubectl = (...args: string[]): Promise<Ran> =>
  runTool("kubectl", { kubeconfig: cluster.kubeconfig, args: [...args, "-n", namespace] });

async function ok(args: string[], env: Record<string, string> = {}): Promise<string> {
  const ran = await helm(args, env);
  expect(ran.code, `helm ${args.join(" ")}: ${ran.stderr}`).toBe(0);
  return ran.stdout;
}

const wait = ["--wait", "--timeout", "60s"];
const install = (...flags: string[]): Promise<string> => ok(["upgrade", "--install", "shop", dir, "--create-namespace", ...wait, ...flags]);

describe("helm", () => {
  it("installs with definitions and hooks, upgrades, tests, rolls back, uninstalls", async () => {
    await install();
    await install("--set", "image=nginx:1.28");
    expect((await kubectl("get", "deployment", "shop", "-o", "jsonpath={.spec.template.spec.containers[0].image}")).stdout).toBe(
      "nginx:1.28",
    );
    expect((await kubectl("get", "configmap", "shop-extra", "-o", "jsonpath={.data.live}")).stdout).toBe("shop");
    expect(await ok(["test", "shop", "--logs"])).toContain("reached");
    await ok(["rollback", "shop", "1", ...wait]);
    expect((await kubectl("get", "deployment", "shop", "-o", "jsonpath={.spec.template.spec.containers[0].image}")).stdout).toBe(
      "nginx:1.27",
    );
    const history = JSON.parse(await ok(["history", "shop", "-o", "json"])) as { revision: number; status: string }[];
    expect(history.map(({ revision, status }) => `${revision} ${status}`)).toEqual(["1 superseded", "2 superseded", "3 deployed"]);
    expect((await kubectl("get", "secrets", "-l", "owner=helm", "-o", "jsonpath={.items[*].type}")).stdout).toMatch(
      /^(helm.sh\/release.v1 ?){3}$/,
    );
    await ok(["uninstall", "shop", ...wait]);
    expect((await kubectl("get", "deployments,services,secrets,gadgets.v1." + `${cluster.prefix}.test`, "-o", "name")).stdout).toBe("");
  });

  it("takes away what a new rendering leaves out, and finds what the cluster has when it renders", async () => {
    await install();
    const rendered = await ok(["template", "shop", dir, "--dry-run=server"]);
    expect(rendered).toContain('live: "shop"');
    await install("--set", "extra=false");
    expect((await kubectl("get", "configmap", "shop-extra")).code).toBe(1);
    expect(await ok(["get", "manifest", "shop"])).not.toContain("shop-extra");
  });

  it("fails when a hook fails, and leaves the release as failed", async () => {
    const failed = await helm(["install", "shop", dir, "--create-namespace", ...wait, "--set", "migrate=echo no; exit 1"]);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(/pre-install/);
    expect(JSON.parse(await ok(["status", "shop", "-o", "json"]))).toMatchObject({ info: { status: "failed" } });
    expect((await kubectl("logs", "job/shop-migrate")).stdout).toBe("no\n");
  });

  it("fails an upgrade whose pods don't become ready, and can roll back on its own", async () => {
    await install();
    const failed = await helm([
      "upgrade",
      "shop",
      dir,
      "--set",
      "image=registry.invalid/does-not-exist:1",
      "--rollback-on-failure",
      "--wait",
      "--timeout",
      "3s",
    ]);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain("Deployment");
    expect((await kubectl("get", "deployment", "shop", "-o", "jsonpath={.spec.template.spec.containers[0].image}")).stdout).toBe(
      "nginx:1.27",
    );
  });

  it("does not take over what it did not make, unless told to", async () => {
    await kubectl("create", "namespace", namespace);
    await kubectl("create", "configmap", "shop-extra", "--from-literal=mine=1");
    const refused = await helm(["install", "shop", dir, ...wait]);
    expect(refused.stderr).toContain('ConfigMap "shop-extra" in namespace');
    await install("--take-ownership", "--force-conflicts");
    expect((await kubectl("get", "configmap", "shop-extra", "-o", "jsonpath={.data.image}")).stdout).toBe("nginx:1.27");
  });

  it("keeps releases in config maps, and writes by the client's merging", async () => {
    const env = { HELM_DRIVER: "configmap" };
    await ok(["install", "shop", dir, "--create-namespace", "--server-side=false", ...wait], env);
    await ok(["upgrade", "shop", dir, "--server-side=false", "--set", "image=nginx:1.28", ...wait], env);
    expect((await kubectl("get", "configmaps", "-l", "owner=helm", "-o", "name")).stdout.trim().split("\n")).toHaveLength(2);
    expect((await kubectl("get", "deployment", "shop", "-o", "jsonpath={.spec.template.spec.containers[0].image}")).stdout).toBe(
      "nginx:1.28",
    );
  });
});
