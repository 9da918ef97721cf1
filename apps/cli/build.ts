import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

// One file that runs on plain Node: node apps/cli/build.ts writes apps/cli/dist/berth.mjs.
const here = import.meta.dirname;
const outfile = join(here, "dist", "berth.mjs");

await build({
  entryPoints: [join(here, "src", "main.ts")],
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  minifySyntax: true,
  legalComments: "linked",
  // CommonJS packages inside the bundle still call require for Node's own modules.
  banner: { js: 'import { createRequire as berthRequire } from "node:module"; const require = berthRequire(import.meta.url);' },
});
await chmod(outfile, 0o755);
