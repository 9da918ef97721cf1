// Bundles the runner into one file that runs on plain Node 24: dist/berth-runner.mjs
import { chmodSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";

const outfile = join(import.meta.dirname, "dist", "berth-runner.mjs");

// Parsed by older Nodes too, so that they can say what is wanted instead of failing on syntax; the modules below it are evaluated after this.
const banner = `#!/usr/bin/env node
if (Number(process.versions.node.split(".")[0]) < 24) {
  console.error("berth-runner needs Node 24 or newer; this is Node " + process.versions.node + ".");
  process.exit(1);
}`;

/**
 * Node's own modules by `getBuiltinModule`, when they are first used. An `import` of `node:http` would read all its exports at the start, among them getters
 * that load Node's whole fetch, for every job anew.
 */
const lazyBuiltins: Plugin = {
  name: "lazy-builtins",
  setup(bundle) {
    const names = builtinModules.map((name) => name.replace(/^node:/, "")).join("|");
    bundle.onResolve({ filter: new RegExp(`^(node:)?(${names})$`) }, ({ path }) => ({
      path: `node:${path.replace(/^node:/, "")}`,
      namespace: "builtin",
    }));
    bundle.onLoad({ filter: /.*/, namespace: "builtin" }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
      loader: "js",
    }));
  },
};

/** zod's messages in fifty languages: the runner speaks one. */
const oneLanguage: Plugin = {
  name: "one-language",
  setup(bundle) {
    bundle.onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: 'export { default as en } from "./en.js";',
      loader: "js",
    }));
  },
};

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
  plugins: [lazyBuiltins, oneLanguage],
  external: ["bufferutil", "utf-8-validate"],
  logLevel: "warning",
});
chmodSync(outfile, 0o755);
