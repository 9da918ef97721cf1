import { isTree, setDefault, textAt, treeAt, treesAt, type Tree } from "../tree.ts";

/** Fills in what a pod spec leaves out. Changes it in place. */
export function setPodDefaults(spec: Tree): void {
  setDefault(spec, "restartPolicy", "Always");
  setDefault(spec, "dnsPolicy", "ClusterFirst");
  setDefault(spec, "terminationGracePeriodSeconds", 30);
  setDefault(spec, "schedulerName", "default-scheduler");
  setDefault(spec, "securityContext", {});
  // The old name of the field mirrors the new one.
  if (spec["serviceAccountName"] !== undefined) spec["serviceAccount"] = spec["serviceAccountName"];
  else setDefaultIfAny(spec, "serviceAccountName", spec["serviceAccount"]);
  for (const list of ["containers", "initContainers"]) for (const container of treesAt(spec, list)) setContainerDefaults(container);
  for (const volume of treesAt(spec, "volumes")) setVolumeDefaults(volume);
}

function setDefaultIfAny(tree: Tree, name: string, value: unknown): void {
  if (value !== undefined) setDefault(tree, name, value);
}

function setContainerDefaults(container: Tree): void {
  const image = textAt(container, "image");
  const tag = /:([^/:@]+)$/.exec(image.replace(/@.*$/, ""))?.[1];
  const moving = !image.includes("@") && (tag === undefined || tag === "latest");
  setDefault(container, "imagePullPolicy", moving ? "Always" : "IfNotPresent");
  setDefault(container, "terminationMessagePath", "/dev/termination-log");
  setDefault(container, "terminationMessagePolicy", "File");
  setDefault(container, "resources", {});
  const resources = treeAt(container, "resources");
  if (isTree(resources["limits"])) resources["requests"] = { ...resources["limits"], ...treeAt(resources, "requests") };
  for (const port of treesAt(container, "ports")) setDefault(port, "protocol", "TCP");
  for (const env of treesAt(container, "env")) {
    const field = treeAt(env, "valueFrom")["fieldRef"];
    if (isTree(field)) setDefault(field, "apiVersion", "v1");
    // An empty value is none.
    if (env["value"] === "") delete env["value"];
  }
  for (const name of ["livenessProbe", "readinessProbe", "startupProbe"]) {
    const probe = container[name];
    if (isTree(probe)) setProbeDefaults(probe);
  }
}

function setProbeDefaults(probe: Tree): void {
  setDefault(probe, "timeoutSeconds", 1);
  setDefault(probe, "periodSeconds", 10);
  setDefault(probe, "successThreshold", 1);
  setDefault(probe, "failureThreshold", 3);
  const http = probe["httpGet"];
  if (!isTree(http)) return;
  setDefault(http, "scheme", "HTTP");
  setDefault(http, "path", "/");
}

function setVolumeDefaults(volume: Tree): void {
  const sources = ["configMap", "secret", "projected", "downwardAPI"].map((name) => volume[name]).filter((source) => isTree(source));
  for (const source of sources) setDefault(source, "defaultMode", 0o644);
  if (isTree(volume["hostPath"])) setDefault(volume["hostPath"], "type", "");
  if (Object.keys(volume).length === 1) volume["emptyDir"] = {};
}
