const names = new Set([
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "SHELL",
  "LANG",
  "LANGUAGE",
  "TZ",
  "TMPDIR",
  "HTTPS_PROXY",
  "HTTP_PROXY",
  "NO_PROXY",
  "https_proxy",
  "http_proxy",
  "no_proxy",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "TF_CLI_CONFIG_FILE",
  "TF_LOG",
  "GOOGLE_APPLICATION_CREDENTIALS",
  "CLOUDSDK_CONFIG",
  "KUBERNETES_SERVICE_HOST",
  "KUBERNETES_SERVICE_PORT",
]);

// The customer gives these to the runner for the very purpose of the vendor's Terraform and scripts.
const prefixes = ["LC_", "AWS_", "ARM_", "AZURE_", "GOOGLE_", "GCP_"];

/**
 * The part of the runner's environment that a tool or script may see: the basics, proxies, and the cloud's own variables.
 * Nothing named `BERTH_…` gets through, whatever `passEnv` says.
 */
export function childEnv(source: Readonly<Record<string, string | undefined>>, passEnv: readonly string[]): Record<string, string> {
  const extra = new Set(passEnv);
  const out: Record<string, string> = {};
  for (const [name, value] of Object.entries(source)) {
    if (value === undefined || name.startsWith("BERTH_")) continue;
    if (names.has(name) || extra.has(name) || prefixes.some((prefix) => name.startsWith(prefix))) out[name] = value;
  }
  out.PATH ??= "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  return out;
}
