import { afterAll, beforeAll, expect, it } from "vitest";
import { runTool, type Ran } from "./run-tool.ts";
import { startKubernetes, type TestKubernetes } from "./start.ts";

let kubernetes: TestKubernetes;
beforeAll(async () => {
  kubernetes = await startKubernetes();
});
afterAll(() => kubernetes.close());

const kubectl = (...args: string[]): Promise<Ran> => runTool("kubectl", { kubeconfig: kubernetes.kubeconfig, args });
const apply = (object: object): Promise<Ran> =>
  runTool("kubectl", { kubeconfig: kubernetes.kubeconfig, args: ["apply", "-f", "-"], stdin: JSON.stringify(object) });
const template = (app: string, container: object = {}, spec: object = {}): object => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: "main", image: "app:1", ...container }], ...spec },
});

it("runs a stateful set's pods in order, each with its claim, and rolls from the last to the first", async () => {
  const set = (image: string): object => ({
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "db" },
    spec: {
      replicas: 3,
      serviceName: "db",
      selector: { matchLabels: { app: "db" } },
      template: template("db", { image }),
      volumeClaimTemplates: [
        { metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
      ],
    },
  });
  await apply(set("db:1"));
  expect((await kubectl("rollout", "status", "statefulset/db", "--timeout=20s")).code).toBe(0);
  expect((await kubectl("get", "pvc", "-o", "jsonpath={range .items[*]}{.metadata.name}={.status.phase} {end}")).stdout).toBe(
    "data-db-0=Bound data-db-1=Bound data-db-2=Bound ",
  );
  await apply(set("db:2"));
  expect((await kubectl("rollout", "status", "statefulset/db", "--timeout=20s")).code).toBe(0);
  expect((await kubectl("get", "pods", "-l", "app=db", "-o", "jsonpath={.items[*].spec.containers[0].image}")).stdout).toBe(
    "db:2 db:2 db:2",
  );
});

it("runs a daemon set on the node, and gives a load balancer its name", async () => {
  const spec = { selector: { matchLabels: { app: "agent" } }, template: template("agent") };
  await apply({ apiVersion: "apps/v1", kind: "DaemonSet", metadata: { name: "agent" }, spec });
  expect((await kubectl("rollout", "status", "daemonset/agent", "--timeout=20s")).code).toBe(0);
  await apply({ apiVersion: "v1", kind: "Service", metadata: { name: "edge" }, spec: { type: "LoadBalancer", ports: [{ port: 80 }] } });
  const wait = ["--for=jsonpath={.status.loadBalancer.ingress[0].hostname}=edge.default.lb.test", "--timeout=20s"];
  expect((await kubectl("wait", "service/edge", ...wait)).code).toBe(0);
});

it("says why a pod does not start: a secret is missing, or it ends again and again", async () => {
  const deployment = (name: string, container: object): object => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: { selector: { matchLabels: { app: name } }, template: template(name, container) },
  });
  const reason = (app: string): string => {
    const pod = kubernetes.objects("pods", "default").find(({ metadata }) => metadata.labels?.["app"] === app);
    return JSON.stringify(pod?.["status"] ?? {});
  };
  await apply(deployment("lacking", { env: [{ name: "P", valueFrom: { secretKeyRef: { name: "absent", key: "p" } } }] }));
  await kubernetes.until(() => reason("lacking").includes('CreateContainerConfigError","message":"secret \\"absent\\" not found'));
  await kubectl("create", "secret", "generic", "absent", "--from-literal=p=1");
  expect((await kubectl("rollout", "status", "deployment/lacking", "--timeout=20s")).code).toBe(0);
  await apply(deployment("crashing", { command: ["sh", "-c", "echo broken; exit 2"] }));
  await kubernetes.until(() => reason("crashing").includes("CrashLoopBackOff"));
  expect((await kubectl("logs", "deployment/crashing")).stdout).toBe("broken\n");
  expect((await kubectl("get", "events", "--field-selector=reason=BackOff", "-o", "name")).stdout).not.toBe("");
});

it("follows the log of a job until it has ended", async () => {
  kubernetes.hold("job/slow");
  const spec = template("slow", { command: ["sh", "-c", "echo started"] }, { restartPolicy: "Never" });
  await apply({ apiVersion: "batch/v1", kind: "Job", metadata: { name: "slow" }, spec: { template: spec } });
  await kubernetes.until(() =>
    kubernetes
      .objects("pods", "default")
      .find((pod) => pod.metadata.name.startsWith("slow-") && (pod["status"] as { phase: string }).phase === "Running"),
  );
  // The request is held open, so it can't have been answered when the job goes on; whichever comes first, all of the log is printed.
  const logs = kubectl("logs", "-f", "job/slow");
  kubernetes.release("job/slow");
  expect(await logs).toMatchObject({ code: 0, stdout: "started\n" });
  expect((await kubectl("wait", "job/slow", "--for=condition=Complete", "--timeout=20s")).code).toBe(0);
});

it("pages long lists and deletes them as one", async () => {
  const items = Array.from({ length: 7 }, (_, index) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: `page-${index}`, labels: { paged: "yes" } },
  }));
  await apply({ apiVersion: "v1", kind: "List", items });
  const listed = await kubectl("get", "configmaps", "-l", "paged=yes", "--chunk-size=3", "-o", "name");
  expect(listed.stdout.trim().split("\n")).toHaveLength(7);
  await kubectl("delete", "configmaps", "-l", "paged=yes");
  expect((await kubectl("get", "configmaps", "-l", "paged=yes", "-o", "name")).stdout).toBe("");
});
