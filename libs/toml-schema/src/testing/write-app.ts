import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { formatDiagnostics } from "../diagnostics.ts";
import { loadApp, type LoadOptions, type LoadResult } from "../load.ts";

const base: Readonly<Record<string, string>> = {
  "metadata.toml": `version = "v2"\n`,
  "sandbox.toml": `terraform_version = "1.13.5"\n\n[public_repo]\nrepo = "acme/sandbox"\ndirectory = "."\nbranch = "main"\n`,
  "runner.toml": `runner_type = "aws"\n`,
};

/** An app on disk, of the smallest files there are and those given (`null` leaves one out), removed with `using`. */
export async function writeApp(
  files: Readonly<Record<string, string | null>>,
): Promise<{ dir: string; [Symbol.asyncDispose](): Promise<void> }> {
  const parent = await mkdtemp(join(tmpdir(), "berth-app-"));
  const dir = join(parent, "demo");
  for (const [path, text] of Object.entries({ ...base, ...files })) {
    if (text === null) continue;
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
  return { dir, [Symbol.asyncDispose]: () => rm(parent, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }) };
}

/** Loads such an app and gives its problems as lines `file:line:column: severity: message [code]` too. */
export async function loadFiles(
  files: Readonly<Record<string, string | null>>,
  options: Partial<LoadOptions> = {},
): Promise<LoadResult & { lines: string[] }> {
  await using app = await writeApp(files);
  const result = await loadApp({ dir: app.dir, ...options });
  const text = formatDiagnostics({ diagnostics: result.diagnostics, format: "text" });
  return { ...result, lines: text.split("\n").filter((line) => line !== "") };
}

/** A Terraform component; `more` goes to its end. */
export function terraformFile(name: string, vars: Readonly<Record<string, string>> = {}, head = ""): string {
  const lines = Object.entries(vars).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  return `name = "${name}"
type = "terraform_module"
terraform_version = "1.13.5"
${head}
[public_repo]
repo = "acme/modules"
directory = "${name}"
branch = "main"

[vars]
${lines.join("\n")}
`;
}
