import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { startKubernetes, type TestKubernetes } from "./start.ts";
import { kubernetesTools } from "./tools.ts";

/** A cluster to test against: ours, or the real one that `BERTH_TEST_KUBECONFIG` names. */
export type TestCluster = AsyncDisposable & {
  /** Whether it is ours: only then is there `kubernetes` with its switches. */
  own: boolean;
  kubernetes: TestKubernetes | undefined;
  /** A kubeconfig file. */
  kubeconfig: string;
  /** What names of namespaces start with in this test, so that tests don't meet on a real cluster. */
  prefix: string;
};

/** Starts or takes the cluster. Disposing of it stops ours, or deletes the namespaces with the prefix from a real one. */
export async function testCluster(options: Parameters<typeof startKubernetes>[0] = {}): Promise<TestCluster> {
  const prefix = `berth-test-${randomBytes(4).toString("hex")}`;
  const real = process.env["BERTH_TEST_KUBECONFIG"];
  if (real !== undefined && real !== "") {
    const dispose = (): Promise<void> => deleteNamespaces(real, prefix);
    return { own: false, kubernetes: undefined, kubeconfig: real, prefix, [Symbol.asyncDispose]: dispose };
  }
  const kubernetes = await startKubernetes(options);
  return { own: true, kubernetes, kubeconfig: kubernetes.kubeconfig, prefix, [Symbol.asyncDispose]: () => kubernetes.close() };
}

async function deleteNamespaces(kubeconfig: string, prefix: string): Promise<void> {
  const { kubectl } = await kubernetesTools();
  const run = promisify(execFile);
  const { stdout } = await run(kubectl, ["--kubeconfig", kubeconfig, "get", "namespaces", "-o", "name"]);
  const ours = stdout.split("\n").filter((line) => line.startsWith(`namespace/${prefix}`));
  if (ours.length > 0) await run(kubectl, ["--kubeconfig", kubeconfig, "delete", "--wait=false", ...ours]);
}
