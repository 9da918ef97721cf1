import type { KubernetesObject } from "@berth/plan/kubernetes";
import { describe, expect, it } from "vitest";
import { planWrites } from "./plan-writes.ts";
import { wantedObjects } from "./wanted-objects.ts";

const bytes = (text: string) => Buffer.from(text);
const base64 = (text: string) => bytes(text).toString("base64");
const target = (namespace: string, name: string, key = "value") => ({ namespace, name, key });
const standing = (
  address: string,
  data: Record<string, string>,
  more: { of?: string; madeFor?: string; keys?: string } = {},
): [string, KubernetesObject] => {
  const [namespace = "", name = ""] = address.split("/");
  return [
    address,
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: {
        namespace,
        name,
        labels: more.of === undefined ? {} : { "berth.dev/install": more.of, "berth.dev/synced-secrets": "true" },
        annotations: {
          ...(more.keys === undefined ? {} : { "berth.dev/synced-keys": more.keys }),
          ...(more.madeFor === undefined ? {} : { "berth.dev/made-for": more.madeFor }),
        },
      },
      data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)])),
    } as KubernetesObject,
  ];
};
const plan = (secrets: Parameters<typeof wantedObjects>[0], ...live: [string, KubernetesObject][]) =>
  planWrites({ installId: "inl1", wanted: wantedObjects(secrets), live: new Map(live) });

describe("what is written into the cluster", () => {
  it("puts secrets that share a Kubernetes secret into one object, marked as ours", () => {
    const writes = plan([
      { name: "a", targets: [target("api", "keys", "a"), target("web", "a")], value: bytes("1") },
      { name: "b", targets: [target("api", "keys", "b")], value: bytes("2") },
    ]);
    expect(writes.apply).toHaveLength(2);
    expect(writes.apply[0]).toEqual({
      apiVersion: "v1",
      kind: "Secret",
      type: "Opaque",
      metadata: {
        name: "keys",
        namespace: "api",
        labels: { "berth.dev/install": "inl1", "berth.dev/synced-secrets": "true", "app.kubernetes.io/managed-by": "berth" },
        annotations: { "berth.dev/synced-keys": "a,b", "berth.dev/made-for": "inl1" },
      },
      data: { a: base64("1"), b: base64("2") },
    });
    expect(Object.fromEntries(writes.changes)).toEqual({ "api/keys/a": "created", "web/a/value": "created", "api/keys/b": "created" });
  });

  it("refuses two secrets under one key, and a Kubernetes secret of another install", () => {
    const both = ["a", "b"].map((name) => ({ name, targets: [target("api", "keys")], value: bytes("1") }));
    expect(() => plan(both)).toThrow("The secrets a and b both go into value of the Kubernetes secret api/keys");
    const mine = [{ name: "a", targets: [target("api", "keys")], value: bytes("1") }];
    expect(() => plan(mine, standing("api/keys", {}, { of: "inl2" }))).toThrow("belongs to the install inl2");
  });

  it("leaves what others made theirs: our keys alone, none of our marks of ownership", () => {
    const { apply, shared, changes } = plan(
      [{ name: "a", targets: [target("api", "theirs", "a")], value: bytes("1") }],
      standing("api/theirs", { other: "x", a: "old" }),
    );
    expect(shared).toEqual(["api/theirs"]);
    expect(apply[0]).toEqual({
      apiVersion: "v1",
      kind: "Secret",
      metadata: {
        name: "theirs",
        namespace: "api",
        labels: { "berth.dev/install": "inl1", "berth.dev/synced-secrets": "true" },
        annotations: { "berth.dev/synced-keys": "a" },
      },
      data: { a: base64("1") },
    });
    expect(changes.get("api/theirs/a")).toBe("updated");
  });

  it("keeps what it wrote earlier while there is no value, and takes over nothing of others meanwhile", () => {
    const empty = { name: "a", targets: [target("api", "keys", "a")], value: undefined };
    const kept = plan(
      [empty, { name: "b", targets: [target("api", "keys", "b")], value: bytes("2") }],
      standing("api/keys", { a: "1", b: "2" }, { of: "inl1", madeFor: "inl1", keys: "a,b" }),
    );
    expect(kept.apply[0]).toMatchObject({ data: { a: base64("1"), b: base64("2") } });
    expect(Object.fromEntries(kept.changes)).toEqual({ "api/keys/a": "kept", "api/keys/b": "unchanged" });
    const theirs = plan([empty], standing("api/keys", { a: "theirs" }));
    expect(theirs).toMatchObject({ apply: [], shared: [] });
    expect(theirs.changes.get("api/keys/a")).toBe("missing");
  });

  it("removes what left the config where a sync had made it, and lets go of the rest", () => {
    const { removed } = plan(
      [],
      standing("api/ours", { a: "1" }, { of: "inl1", madeFor: "inl1", keys: "a" }),
      standing("api/theirs", { a: "1" }, { of: "inl1", keys: "a" }),
      standing("api/strange", { a: "1" }),
    );
    expect(removed).toEqual([
      { namespace: "api", name: "ours", how: "deleted" },
      { namespace: "api", name: "theirs", how: "released" },
    ]);
  });
});
