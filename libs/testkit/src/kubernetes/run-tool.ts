import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kubernetesTools } from "./tools.ts";

/** How a program ended. */
export type Ran = { code: number; stdout: string; stderr: string };

/**
 * Runs the real `kubectl` or `helm` against a cluster, with a home of its own and nothing of the caller's environment but PATH.
 * Does not throw on a failing exit code.
 */
export async function runTool(
  tool: "kubectl" | "helm",
  input: { kubeconfig: string; args: readonly string[]; stdin?: string; cwd?: string; env?: Record<string, string> },
): Promise<Ran> {
  const program = (await kubernetesTools())[tool];
  // Beside the file of a cluster of ours, which goes away with it: a later one on the same port must not meet its cache.
  const home = input.kubeconfig.startsWith(tmpdir()) ? `${input.kubeconfig}.home` : join(tmpdir(), "berth-test-kubernetes-home");
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: home,
    KUBECONFIG: input.kubeconfig,
    KUBECACHEDIR: join(home, "cache"),
    ...input.env,
  };
  return await new Promise((resolve, reject) => {
    const child = spawn(program, input.args, { env, cwd: input.cwd ?? tmpdir(), stdio: ["pipe", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString("utf8")));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString("utf8")));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? -1, stdout, stderr }));
    // A program that does not read may be gone already.
    child.stdin.on("error", () => {});
    child.stdin.end(input.stdin ?? "");
  });
}
