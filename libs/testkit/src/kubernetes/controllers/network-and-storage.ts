import { isHeld } from "../switches.ts";
import { at, textAt, treeAt } from "../tree.ts";
import { withConditions } from "./condition.ts";
import type { Controller } from "./controller.ts";
import { write, writeStatus } from "./write.ts";

/** Gives a load balancer its name. */
export const reconcileService: Controller = ({ cluster }, service) => {
  if (textAt(service, "spec", "type") !== "LoadBalancer" || isHeld(cluster.switches, service)) return;
  const hostname = `${service.metadata.name}.${service.metadata.namespace ?? ""}.lb.test`;
  writeStatus(cluster, service, { loadBalancer: { ingress: [{ hostname }] } });
};

/** Binds a claim to a volume. */
export const reconcileClaim: Controller = ({ cluster }, claim) => {
  if (textAt(claim, "status", "phase") === "Bound" || isHeld(cluster.switches, { ...claim, kind: "persistentvolumeclaim" })) return;
  write(cluster, claim, (next) => (next["spec"] = { ...treeAt(next, "spec"), volumeName: `pvc-${claim.metadata.uid}` }));
  const capacity = treeAt(claim, "spec", "resources", "requests");
  writeStatus(cluster, claim, { phase: "Bound", accessModes: at(claim, "spec", "accessModes"), capacity });
};

/** Says that a budget was seen. */
export const reconcileBudget: Controller = ({ cluster }, budget) => {
  const condition = { type: "DisruptionAllowed", status: "True" as const, reason: "SufficientPods", message: "" };
  writeStatus(cluster, budget, {
    currentHealthy: 1,
    desiredHealthy: 0,
    disruptionsAllowed: 1,
    expectedPods: 1,
    observedGeneration: budget.metadata.generation,
    conditions: withConditions(treeAt(budget, "status"), cluster.now(), condition),
  });
};
