// Bundles the runner into one file that runs on plain Node 24: dist/berth-runner.mjs
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { lazyBuiltins, oneLanguage, packed } from "./bundle-plugins.ts";

const outfile = join(import.meta.dirname, "dist", "berth-runner.mjs");

// Parsed by older Nodes too, so that they can say what is wanted instead of failing on syntax; the modules below it are evaluated after this.
const banner = `#!/usr/bin/env node
if (Number(process.versions.node.split(".")[0]) < 24) {
  console.error("berth-runner needs Node 24 or newer; this is Node " + process.versions.node + ".");
  process.exit(1);
}`;

await build({
  entryPoints: [join(import.meta.dirname, "src", "main.ts")],
  outfile,
  bundle: true,
  platform: "node",
  target: "node20",
  supported: { using: false },
  format: "esm",
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "none",
  banner: { js: banner },
  plugins: [
    packed(["@aws-sdk/client-ecr", "@aws-sdk/credential-providers", "@smithy/signature-v4", "google-auth-library"]),
    lazyBuiltins,
    oneLanguage,
  ],
  external: ["bufferutil", "utf-8-validate"],
  logLevel: "warning",
});
chmodSync(outfile, 0o755);
