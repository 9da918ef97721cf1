/** The text of a kubeconfig with one cluster, one user and one context. JSON, which is YAML. */
export function kubeconfigOf(input: { url: string; ca: string; token: string; namespace?: string }): string {
  return JSON.stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      "current-context": "test",
      clusters: [{ name: "test", cluster: { server: input.url, "certificate-authority-data": Buffer.from(input.ca).toString("base64") } }],
      users: [{ name: "test", user: { token: input.token } }],
      contexts: [{ name: "test", context: { cluster: "test", user: "test", namespace: input.namespace ?? "default" } }],
    },
    null,
    2,
  );
}
