import type { KubernetesObject } from "@berth/plan/kubernetes";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { troublesOf } from "./troubles.ts";

const object = (kind: string, name: string, more: object = {}): KubernetesObject => ({
  apiVersion: kind === "Job" ? "batch/v1" : "apps/v1",
  kind,
  metadata: { name, namespace: "shop" },
  ...more,
});
/** A deployment that has seen its last change, with so many pods of the new version and so many available. */
const deployment = (wanted: number, available: number, updated = wanted): KubernetesObject =>
  object("Deployment", "web", {
    metadata: { name: "web", namespace: "shop", generation: 2 },
    spec: { replicas: wanted },
    status: { observedGeneration: 2, replicas: wanted, updatedReplicas: updated, availableReplicas: available },
  });
const look = (...live: KubernetesObject[]) => troublesOf(live, live, "shop").map(({ status, address, why }) => [status, address, why]);

describe("the objects of a component", () => {
  it("are well where all are there and ready", () => {
    expect(look(deployment(3, 3), object("ConfigMap", "settings"), deployment(0, 0))).toEqual([]);
  });

  it("are degraded while some replicas are ready, or new ones are on their way, and unhealthy where none is", () => {
    expect(look(deployment(3, 1))).toEqual([["degraded", "Deployment shop/web", "1 of 3 ready"]]);
    expect(look(deployment(3, 0))).toEqual([["unhealthy", "Deployment shop/web", "0 of 3 ready"]]);
    expect(look(deployment(3, 3, 1))).toEqual([["degraded", "Deployment shop/web", "1 of 3 replicas are of the new version"]]);
    const stuck = { conditions: [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded", message: "timed out" }] };
    const rolling = deployment(2, 2, 1);
    expect(look({ ...rolling, status: { ...(rolling["status"] as object), ...stuck } })).toEqual([
      ["degraded", "Deployment shop/web", "timed out"],
    ]);
    const daemons = { status: { observedGeneration: 1, desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 1 } };
    expect(look(object("DaemonSet", "agent", daemons))).toEqual([["degraded", "DaemonSet shop/agent", "1 of 2 ready"]]);
    // A deploy does not wait for one that is updated by hand; whether it runs is another question.
    const byHand = { spec: { replicas: 2, updateStrategy: { type: "OnDelete" } }, status: { readyReplicas: 0 } };
    expect(look(object("StatefulSet", "db", byHand))).toEqual([["unhealthy", "StatefulSet shop/db", "0 of 2 ready"]]);
  });

  it("are missed where somebody has deleted them, but for jobs, which may be cleared away", () => {
    const made = [object("ConfigMap", "settings"), object("Job", "migrate"), deployment(1, 1)];
    expect(troublesOf(made, [deployment(1, 1)], "shop")).toEqual([
      { status: "unhealthy", address: "ConfigMap shop/settings", why: "it is not there any more" },
    ]);
  });

  it("take a job that runs for well, and one that failed for what it is", () => {
    expect(look(object("Job", "migrate", { status: { active: 1 } }))).toEqual([]);
    const failed = { status: { conditions: [{ type: "Failed", status: "True", reason: "BackoffLimitExceeded" }] } };
    expect(look(object("Job", "migrate", failed))).toEqual([["unhealthy", "Job shop/migrate", "BackoffLimitExceeded"]]);
  });

  it("are told by the worst first, whose pods can say why", () => {
    const pending = object("PersistentVolumeClaim", "data", { status: { phase: "Pending" } });
    const db = object("StatefulSet", "db", { spec: { replicas: 1 }, status: { readyReplicas: 0 } });
    expect(look(deployment(2, 1), pending, db).map(([status, address]) => [status, address])).toEqual([
      ["unhealthy", "StatefulSet shop/db"],
      ["unhealthy", "PersistentVolumeClaim shop/data"],
      ["degraded", "Deployment shop/web"],
    ]);
  });

  it("of any numbers: unhealthy only where nothing is ready, well only where nothing is lacking", () => {
    const few = fc.integer({ min: 0, max: 5 });
    fc.assert(
      fc.property(few, few, few, (wanted, available, updated) => {
        const [trouble] = troublesOf([deployment(wanted, 0)], [deployment(wanted, available, updated)], "shop");
        if (trouble?.status === "unhealthy") expect(available).toBe(0);
        if (!trouble) expect(available).toBeGreaterThanOrEqual(wanted);
        if (available < wanted) expect(trouble?.why).toBe(`${available} of ${wanted} ready`);
      }),
    );
  });
});
