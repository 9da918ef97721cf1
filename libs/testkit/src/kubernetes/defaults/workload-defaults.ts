import type { KubeObject } from "../object.ts";
import { isTree, setDefault, treeAt, treesAt, type Tree } from "../tree.ts";
import { setPodDefaults } from "./pod-defaults.ts";

type Defaults = (spec: Tree, object: KubeObject) => void;

/** Fills in what specs of workloads leave out, by kind. In place. */
export const workloadDefaults: Readonly<Record<string, Defaults>> = {
  Deployment(spec) {
    setDefault(spec, "replicas", 1);
    setDefault(spec, "strategy", {});
    const strategy = treeAt(spec, "strategy");
    setDefault(strategy, "type", "RollingUpdate");
    if (strategy["type"] === "RollingUpdate") {
      setDefault(strategy, "rollingUpdate", {});
      setDefault(treeAt(strategy, "rollingUpdate"), "maxUnavailable", "25%");
      setDefault(treeAt(strategy, "rollingUpdate"), "maxSurge", "25%");
    }
    setDefault(spec, "revisionHistoryLimit", 10);
    setDefault(spec, "progressDeadlineSeconds", 600);
    setTemplateDefaults(spec);
  },
  ReplicaSet(spec) {
    setDefault(spec, "replicas", 1);
    setTemplateDefaults(spec);
  },
  StatefulSet(spec) {
    setDefault(spec, "replicas", 1);
    setDefault(spec, "podManagementPolicy", "OrderedReady");
    setDefault(spec, "updateStrategy", {});
    setDefault(treeAt(spec, "updateStrategy"), "type", "RollingUpdate");
    if (treeAt(spec, "updateStrategy")["type"] === "RollingUpdate") {
      setDefault(treeAt(spec, "updateStrategy"), "rollingUpdate", {});
      setDefault(treeAt(spec, "updateStrategy", "rollingUpdate"), "partition", 0);
    }
    setDefault(spec, "revisionHistoryLimit", 10);
    setDefault(spec, "persistentVolumeClaimRetentionPolicy", {});
    setDefault(treeAt(spec, "persistentVolumeClaimRetentionPolicy"), "whenDeleted", "Retain");
    setDefault(treeAt(spec, "persistentVolumeClaimRetentionPolicy"), "whenScaled", "Retain");
    for (const claim of treesAt(spec, "volumeClaimTemplates")) {
      setDefault(claim, "apiVersion", "v1");
      setDefault(claim, "kind", "PersistentVolumeClaim");
      setDefault(treeAt(claim, "spec"), "volumeMode", "Filesystem");
      setDefault(claim, "status", { phase: "Pending" });
    }
    setTemplateDefaults(spec);
  },
  DaemonSet(spec) {
    setDefault(spec, "updateStrategy", {});
    setDefault(treeAt(spec, "updateStrategy"), "type", "RollingUpdate");
    if (treeAt(spec, "updateStrategy")["type"] === "RollingUpdate") {
      setDefault(treeAt(spec, "updateStrategy"), "rollingUpdate", {});
      setDefault(treeAt(spec, "updateStrategy", "rollingUpdate"), "maxUnavailable", 1);
      setDefault(treeAt(spec, "updateStrategy", "rollingUpdate"), "maxSurge", 0);
    }
    setDefault(spec, "revisionHistoryLimit", 10);
    setTemplateDefaults(spec);
  },
  Job(spec, object) {
    setJobDefaults(spec);
    setJobSelector(spec, object);
  },
  CronJob(spec) {
    setDefault(spec, "concurrencyPolicy", "Allow");
    setDefault(spec, "suspend", false);
    setDefault(spec, "successfulJobsHistoryLimit", 3);
    setDefault(spec, "failedJobsHistoryLimit", 1);
    const job = treeAt(spec, "jobTemplate")["spec"];
    if (isTree(job)) setTemplateDefaults(job);
  },
};

function setTemplateDefaults(spec: Tree): void {
  const pod = treeAt(spec, "template")["spec"];
  if (isTree(pod)) setPodDefaults(pod);
}

function setJobDefaults(spec: Tree): void {
  if (spec["completions"] === undefined && spec["parallelism"] === undefined) spec["completions"] = 1;
  setDefault(spec, "parallelism", 1);
  setDefault(spec, "backoffLimit", 6);
  setDefault(spec, "completionMode", "NonIndexed");
  setDefault(spec, "suspend", false);
  setDefault(spec, "podReplacementPolicy", "TerminatingOrFailed");
  setTemplateDefaults(spec);
}

/** A job finds its pods by its own uid. */
function setJobSelector(spec: Tree, object: KubeObject): void {
  if (spec["manualSelector"] === true || spec["selector"] !== undefined || !isTree(spec["template"])) return;
  const { uid, name } = object.metadata;
  spec["selector"] = { matchLabels: { "batch.kubernetes.io/controller-uid": uid } };
  const metadata = { ...treeAt(spec, "template", "metadata") };
  metadata["labels"] = {
    ...treeAt(metadata, "labels"),
    "batch.kubernetes.io/controller-uid": uid,
    "batch.kubernetes.io/job-name": name,
    "controller-uid": uid,
    "job-name": name,
  };
  spec["template"]["metadata"] = metadata;
}
