import { afterAll, beforeAll, expect, it } from "vitest";
import { runTool, type Ran } from "./run-tool.ts";
import { startKubernetes, type TestKubernetes } from "./start.ts";

let kubernetes: TestKubernetes;
beforeAll(async () => {
  kubernetes = await startKubernetes();
  const properties = {
    size: { type: "string", enum: ["small", "big"], default: "small" },
    count: { type: "integer", minimum: 1 },
    parts: {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["id"],
      items: { type: "object", required: ["id"], properties: { id: { type: "string" }, color: { type: "string" } } },
    },
  };
  const openAPIV3Schema = {
    type: "object",
    required: ["spec"],
    properties: { spec: { type: "object", required: ["count"], properties }, status: { type: "object" } },
  };
  const version = { served: true, subresources: { status: {} }, schema: { openAPIV3Schema } };
  const spec = {
    group: "shop.test",
    scope: "Namespaced",
    names: { plural: "boxes", kind: "Box", shortNames: ["bx"] },
    versions: [
      { ...version, name: "v1", storage: true, additionalPrinterColumns: [{ name: "Size", type: "string", jsonPath: ".spec.size" }] },
      { ...version, name: "v1beta1", storage: false },
    ],
  };
  await apply({ apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: "boxes.shop.test" }, spec });
  await kubectl("wait", "crd/boxes.shop.test", "--for=condition=Established", "--timeout=20s");
});
afterAll(() => kubernetes.close());

const kubectl = (...args: string[]): Promise<Ran> => runTool("kubectl", { kubeconfig: kubernetes.kubeconfig, args });
const apply = (object: object, ...flags: string[]): Promise<Ran> =>
  runTool("kubectl", { kubeconfig: kubernetes.kubeconfig, args: ["apply", "-f", "-", ...flags], stdin: JSON.stringify(object) });
const box = (name: string, spec: object, version = "v1"): object => ({
  apiVersion: `shop.test/${version}`,
  kind: "Box",
  metadata: { name },
  spec,
});

it("fills in a definition's defaults and prints its columns, in every served version", async () => {
  expect((await apply(box("one", { count: 1 }))).stderr).toBe("");
  expect((await kubectl("get", "bx")).stdout).toMatch(/NAME +SIZE +AGE\none +small/);
  expect((await kubectl("get", "boxes.v1beta1.shop.test", "one", "-o", "jsonpath={.apiVersion} {.spec.size}")).stdout).toBe(
    "shop.test/v1beta1 small",
  );
});

it("refuses what the definition does not allow, and says where", async () => {
  expect((await apply(box("bad", {}))).stderr).toContain("spec.count: Required value");
  expect((await apply(box("bad", { count: 0 }))).stderr).toContain("spec.count in body should be greater than or equal to 1");
  expect((await apply(box("bad", { count: 1, size: "huge" }))).stderr).toContain(
    'Unsupported value: "huge": supported values: "small", "big"',
  );
  expect((await apply(box("bad", { count: 1, colour: "red" }))).stderr).toContain('strict decoding error: unknown field "spec.colour"');
});

it("merges lists by the keys that the definition names", async () => {
  await apply(box("kept", { count: 1, parts: [{ id: "a", color: "red" }] }), "--server-side", "--field-manager=one");
  await apply(box("kept", { count: 1, parts: [{ id: "b", color: "blue" }] }), "--server-side", "--field-manager=two");
  await apply(box("kept", { count: 1 }), "--server-side", "--field-manager=one");
  expect(kubernetes.object("boxes.shop.test", "kept", "default")?.["spec"]).toEqual({
    count: 1,
    size: "small",
    parts: [{ id: "b", color: "blue" }],
  });
});

it("counts generations and keeps the status to its own subresource", async () => {
  await apply(box("counted", { count: 1 }));
  await kubectl("patch", "box", "counted", "--subresource=status", "--type=merge", "-p", '{"status":{"ready":true},"spec":{"count":7}}');
  await kubectl("patch", "box", "counted", "--type=merge", "-p", '{"status":{"ready":false},"spec":{"count":2}}');
  const stored = kubernetes.object("boxes.shop.test", "counted", "default");
  expect(stored).toMatchObject({ metadata: { generation: 2 }, spec: { count: 2 } });
});

it("keeps what has a finalizer until it is taken away", async () => {
  await apply({ ...box("sticky", { count: 1 }), metadata: { name: "sticky", finalizers: ["shop.test/keep"] } });
  await kubectl("delete", "box", "sticky", "--wait=false");
  expect(kubernetes.object("boxes.shop.test", "sticky", "default")?.metadata.deletionTimestamp).toBeDefined();
  await kubectl("patch", "box", "sticky", "--type=json", "-p", '[{"op":"remove","path":"/metadata/finalizers"}]');
  expect((await kubectl("wait", "box/sticky", "--for=delete", "--timeout=20s")).code).toBe(0);
});
