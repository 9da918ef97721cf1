import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { createGunzip, gunzipSync } from "node:zlib";
import { sha256 } from "@berth/kit/digest";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planAsJson } from "./as-json.ts";
import { encodePlan } from "./encode.ts";
import { planHeader } from "./header.ts";
import { kubernetesPlan, type KubernetesObject } from "./kubernetes.ts";
import { maskedChangedText, maskedText, planActions, planGroups, type PlanObject } from "./model.ts";
import { pathOf, pointerOf, valueAt, withValueAt } from "./pointer.ts";
import { collectPlan, readPlan } from "./read.ts";
import { terraformPlan } from "./terraform.ts";

const configMap = (name: string, data: Record<string, string>, more: object = {}): KubernetesObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, ...more },
  data,
});
const secret = (data: Record<string, string>): KubernetesObject => ({ apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, data });
const compare = (before: KubernetesObject[], after: KubernetesObject[], secretTexts: string[] = []): PlanObject[] =>
  kubernetesPlan({ before, after, defaultNamespace: "web", secretTexts });

describe("Kubernetes objects compared", () => {
  it("are created, changed and deleted by group, kind, namespace and name; the same ones are left out", () => {
    const same = configMap("same", { a: "1" });
    const found = compare(
      [same, configMap("changed", { a: "1" }), configMap("gone", {})],
      [same, configMap("changed", { a: "2" }), configMap("new", {})],
    );
    expect(found.map(({ address, action }) => [address, action])).toEqual([
      ["ConfigMap web/changed", "update"],
      ["ConfigMap web/gone", "delete"],
      ["ConfigMap web/new", "create"],
    ]);
    expect(found[0]).toMatchObject({ type: "v1/ConfigMap", before: { data: { a: "1" } }, after: { data: { a: "2" } } });
  });

  it("do not differ by what the server notes down, nor by a namespace that is only written out", () => {
    const served = {
      ...configMap(
        "a",
        { x: "1" },
        {
          namespace: "web",
          uid: "u",
          resourceVersion: "7",
          creationTimestamp: "2026-01-01T00:00:00Z",
          generation: 3,
          managedFields: [{}],
          annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}" },
        },
      ),
      status: { phase: "Active" },
    };
    expect(compare([served], [configMap("a", { x: "1" })])).toEqual([]);
    const older = { apiVersion: "extensions/v1beta1", kind: "Ingress", metadata: { name: "i" } };
    expect(compare([older], [{ ...older, apiVersion: "networking.k8s.io/v1" }])).toMatchObject([
      { action: "delete" },
      { action: "create" },
    ]);
    expect(
      compare([{ ...older, apiVersion: "networking.k8s.io/v1beta1" }], [{ ...older, apiVersion: "networking.k8s.io/v1" }]),
    ).toMatchObject([{ action: "update" }]);
  });

  it("show that a Secret changes and not what is in it", () => {
    const [found] = compare([secret({ a: "b25l", b: "same" })], [secret({ a: "dHdv", b: "same", c: "bmV3" })]);
    expect(found).toMatchObject({
      before: { data: { a: maskedText, b: maskedText } },
      after: { data: { a: maskedChangedText, b: maskedText, c: maskedText } },
      sensitive: ["/data/a", "/data/b", "/data/c"],
    });
  });

  it("never show a secret text, wherever it stands", () => {
    const hiddenText = fc.string({ minLength: 4, maxLength: 12 }).filter((value) => !maskedChangedText.includes(value));
    fc.assert(
      fc.property(hiddenText, fc.jsonValue({ maxDepth: 3 }), fc.boolean(), (hidden, value, whole) => {
        const holds = whole ? hidden : `a ${hidden} b`;
        const after = [{ ...configMap("a", {}), spec: [{ value, env: { name: "X", value: holds } }], [`x-${hidden}`]: 1 }];
        const shown = compare([], after, [hidden]).map(({ before, after: now }) => [before, now]);
        const texts: string[] = [];
        JSON.stringify(shown, (key, each: unknown) => {
          texts.push(key);
          if (typeof each === "string") texts.push(each);
          return each;
        });
        expect(texts.filter((each) => each.includes(hidden))).toEqual([]);
      }),
    );
  });

  it("with themselves give nothing", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ name: fc.string(), data: fc.dictionary(fc.string(), fc.string()) })), (items) => {
        const objects = items.map(({ name, data }) => configMap(name, { ...data }));
        expect(compare(objects, structuredClone(objects))).toEqual([]);
      }),
    );
  });
});

describe("warnings", () => {
  const warn = (objects: PlanObject[]) =>
    planHeader({ kind: "kubernetes", objects }).warnings.map(({ code, message }) => `${code}: ${message}`);
  const object = (more: Partial<PlanObject>): PlanObject => ({
    address: "x",
    group: "objects",
    action: "update",
    type: "apps/v1/Deployment",
    ...more,
  });
  const service = (type: string) => ({ spec: { type } });

  it("tell of data that goes", () => {
    expect(warn([object({ action: "delete", type: "v1/PersistentVolumeClaim" })])).toEqual([
      "deletes_data: This PersistentVolumeClaim is deleted: the volume behind it may go with it",
    ]);
    expect(warn([object({ action: "delete", type: "aws_db_instance" })])).toEqual([
      "deletes_data: This aws_db_instance is deleted: what it holds goes with it",
    ]);
    expect(warn([object({ action: "delete", type: "v1/ConfigMap" }), object({ action: "update", type: "aws_s3_bucket" })])).toEqual([]);
  });
  it("tell of replacements, and what forces them", () => {
    expect(warn([object({ action: "replace", type: "terraform_data", forces: ["/name"] })])).toEqual([
      "replaces: It is deleted and made again: /name can't be changed in place",
    ]);
  });
  it("tell what opens to the internet, once it does and not every time", () => {
    expect(warn([object({ action: "create", type: "v1/Service", after: service("LoadBalancer") })])).toHaveLength(1);
    expect(warn([object({ type: "v1/Service", before: service("LoadBalancer"), after: service("LoadBalancer") })])).toEqual([]);
    const group = (range: string) => ({ ingress: [{ cidr_blocks: [range] }], egress: [{ cidr_blocks: ["0.0.0.0/0"] }] });
    expect(warn([object({ type: "aws_security_group", before: group("10.0.0.0/8"), after: group("0.0.0.0/0") })])).toEqual([
      "opens_to_internet: It lets in everybody (0.0.0.0/0)",
    ]);
    expect(warn([object({ type: "aws_security_group", before: {}, after: { egress: [{ cidr_blocks: ["0.0.0.0/0"] }] } })])).toEqual([]);
  });
  it("tell of images and engines that go back", () => {
    const pod = (image: string) => ({ spec: { template: { spec: { containers: [{ name: "a", image }] } } } });
    expect(warn([object({ before: pod("r.io/api:1.10.0"), after: pod("r.io/api:1.9.3") })])).toEqual([
      "downgrades: r.io/api goes back from 1.10.0 to 1.9.3",
    ]);
    expect(warn([object({ before: pod("r.io/api:1.9.3"), after: pod("r.io/api:1.10.0") })])).toEqual([]);
    expect(warn([object({ type: "aws_db_instance", before: { engine_version: "16.2" }, after: { engine_version: "15.6" } })])).toEqual([
      "downgrades: engine_version goes back from 16.2 to 15.6",
    ]);
  });
  it("are a hundred at most, and the last one tells how many more there are", () => {
    const many = Array.from({ length: 250 }, (_, index) =>
      object({ address: `pvc${index}`, action: "delete", type: "v1/PersistentVolumeClaim" }),
    );
    const { warnings } = planHeader({ kind: "kubernetes", objects: many });
    expect(warnings).toHaveLength(100);
    expect(warnings.at(-1)?.message).toBe("151 more warnings are not listed here");
  });
});

describe("Terraform's own plan", () => {
  it("becomes objects: replacements, moves, imports, deposed ones, outputs, drift; data sources that are read are left out", () => {
    const objects = terraformPlan({
      resource_changes: [
        {
          address: "a.b",
          type: "a",
          change: { actions: ["delete", "create"], before: { n: 1 }, after: { n: 2 }, replace_paths: [["n"]], after_unknown: { id: true } },
        },
        { address: "a.c", type: "a", previous_address: "a.old", change: { actions: ["no-op"], before: {}, after: {} } },
        { address: "a.d", type: "a", change: { actions: ["no-op"], importing: { id: "x" } } },
        {
          address: "a.e",
          type: "a",
          deposed: "00",
          change: { actions: ["delete"], before: {} },
          action_reason: "delete_because_no_resource_config",
        },
        { address: "a.f", type: "a", change: { actions: ["no-op"] } },
        { address: "data.a.g", mode: "data", type: "a", change: { actions: ["read"] } },
      ],
      output_changes: { url: { actions: ["update"], before: "a", after: "b" }, same: { actions: ["no-op"] } },
      resource_drift: [{ address: "a.h", type: "a", change: { actions: ["update"], before: { x: 1 }, after: { x: 2 } } }],
    });
    expect(objects.map(({ group, action, address, reason }) => [group, action, address, reason])).toEqual([
      ["objects", "replace", "a.b", undefined],
      ["objects", "update", "a.c", "moved from a.old"],
      ["objects", "update", "a.d", "imported"],
      ["objects", "delete", "a.e (deposed 00)", "it is not in the configuration any more"],
      ["outputs", "update", "url", undefined],
      ["drift", "update", "a.h", undefined],
    ]);
    expect(objects[0]).toMatchObject({ forces: ["/n"], unknown: ["/id"] });
    expect(planHeader({ kind: "terraform", objects })).toMatchObject({
      counts: { create: 0, update: 2, replace: 1, delete: 1, outputs: 1 },
      summary: "Plan: 2 to change, 1 to replace, 1 to destroy, 1 output to change.",
    });
  });
  it("shows no sensitive value, whichever side is marked, and survives anything", () => {
    fc.assert(
      fc.property(fc.constantFrom("before", "after", "both"), fc.boolean(), (side, whole) => {
        const mark = whole ? true : { password: true };
        const [found] = terraformPlan({
          resource_changes: [
            {
              address: "a.b",
              change: {
                actions: ["update"],
                before: { password: "hunter1", x: 1 },
                after: { password: "hunter2", x: 2 },
                ...(side === "after" ? {} : { before_sensitive: mark }),
                ...(side === "before" ? {} : { after_sensitive: mark }),
              },
            },
          ],
        });
        expect(JSON.stringify(found)).not.toContain("hunter");
        expect(JSON.stringify(found)).toContain(maskedChangedText);
      }),
    );
    fc.assert(fc.property(fc.jsonValue(), (value) => void terraformPlan(value)));
    fc.assert(fc.property(fc.jsonValue(), (value) => void terraformPlan({ resource_changes: [value], output_changes: { a: value } })));
  });
});

describe("a JSON pointer", () => {
  it("leads back to its path, and to the value there", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.string(), (path, value) => {
        expect(pathOf(pointerOf(path))).toEqual(path);
        const tree = path.reduceRight<unknown>((inner, key) => Object.fromEntries([[key, inner]]), value);
        expect(valueAt(tree, path)).toEqual(value);
        expect(valueAt(withValueAt(tree, path, "put"), path)).toBe("put");
      }),
    );
  });
});

const anyObject: fc.Arbitrary<PlanObject> = fc.record(
  {
    address: fc.string({ minLength: 1 }),
    group: fc.constantFrom(...planGroups),
    action: fc.constantFrom(...planActions),
    type: fc.string(),
    before: fc.jsonValue(),
    after: fc.jsonValue(),
    sensitive: fc.array(fc.string()),
  },
  { requiredKeys: ["address", "group", "action", "type"] },
) as fc.Arbitrary<PlanObject>;

describe("a plan on its way", () => {
  it("comes back as it was, cut into any pieces, and as one JSON object", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyObject, { maxLength: 8 }), fc.integer({ min: 1, max: 40 }), async (objects, size) => {
        const header = planHeader({ kind: "helm", objects, notes: ["ü\n"] });
        const { gzip, digest } = await encodePlan({ header, objects });
        const plainText = gunzipSync(gzip);
        expect(sha256(plainText)).toBe(digest);
        const pieces = Array.from({ length: Math.ceil(plainText.length / size) }, (_, index) =>
          plainText.subarray(index * size, (index + 1) * size),
        );
        const plain = JSON.parse(JSON.stringify({ header, objects })) as object;
        expect(await collectPlan(Readable.from(pieces))).toEqual(plain);
        const json = await text(Readable.from(planAsJson(Readable.from(pieces))));
        expect(JSON.parse(json)).toEqual({ ...JSON.parse(JSON.stringify(header)), objects: (plain as { objects: unknown }).objects });
      }),
      { numRuns: 50 },
    );
  });
  it("is refused where it does not fit, naming the line or the limit", async () => {
    const header = JSON.stringify(planHeader({ kind: "helm", objects: [] }));
    const read = async (lines: string, limits?: Parameters<typeof readPlan>[1]) => {
      for await (const _line of readPlan(Readable.from([Buffer.from(lines)]), limits));
    };
    await expect(read("")).rejects.toThrow("it has no header");
    await expect(read("{")).rejects.toThrow("Line 1 of the plan is not JSON");
    await expect(read(`${header}\n{"address":"a"}\n`)).rejects.toThrow(/Line 2 of the plan does not fit: group/);
    await expect(read(`${header}\n`, { lineLength: 10, bytes: 1e6, objects: 1 })).rejects.toMatchObject({ code: "too_large" });
    await expect(read(`${header}\n`, { lineLength: 1e6, bytes: 10, objects: 1 })).rejects.toMatchObject({ code: "too_large" });
    const line = JSON.stringify({ address: "a", group: "objects", action: "none", type: "t" });
    await expect(read(`${header}\n${line}\n${line}\n`, { lineLength: 1e6, bytes: 1e6, objects: 1 })).rejects.toThrow("more than 1 objects");
  });
  it("keeps the name of an object that is too large to be shown", async () => {
    const large: PlanObject = { address: "big", group: "objects", action: "create", type: "t", after: "x".repeat(1000) };
    const small: PlanObject = { address: "small", group: "objects", action: "create", type: "t", after: 1 };
    const limits = { lineLength: 1000, bytes: 1e6, objects: 10 };
    const { gzip } = await encodePlan({ header: planHeader({ kind: "helm", objects: [] }), objects: [large, small] }, limits);
    const { objects } = await collectPlan(Readable.from([gzip]).pipe(createGunzip()));
    expect(objects).toEqual([{ address: "big", group: "objects", action: "create", type: "t", reason: "too large to be shown" }, small]);
  });
});
