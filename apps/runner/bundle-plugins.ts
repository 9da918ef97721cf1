import { builtinModules } from "node:module";
import { brotliCompressSync } from "node:zlib";
import { build, type Plugin } from "esbuild";

/**
 * Node's own modules by `getBuiltinModule`, when they are first used. An `import` of `node:http` would read all its exports at the start, among them getters
 * that load Node's whole fetch, for every job anew.
 */
export const lazyBuiltins: Plugin = {
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
export const oneLanguage: Plugin = {
  name: "one-language",
  setup(bundle) {
    bundle.onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: 'export { default as en } from "./en.js";',
      loader: "js",
    }));
  },
};

/**
 * Packages that only some jobs use, each compressed inside the bundle and unpacked by its first `import()`. As plain code they would treble what every job's
 * process reads and scans at its start.
 */
export function packed(names: readonly string[]): Plugin {
  return {
    name: "packed",
    setup(bundle) {
      bundle.onResolve({ filter: /^[@a-z]/ }, ({ path, kind }) => {
        if (kind !== "dynamic-import" || !names.includes(path)) return undefined;
        return { path, namespace: "packed" };
      });
      bundle.onLoad({ filter: /.*/, namespace: "packed" }, async ({ path }) => {
        const { outputFiles } = await build({
          stdin: { contents: `module.exports = require(${JSON.stringify(path)});`, resolveDir: import.meta.dirname },
          bundle: true,
          write: false,
          platform: "node",
          target: "node20",
          format: "cjs",
          minify: true,
          // Error names are what their callers go by.
          keepNames: true,
          legalComments: "none",
          plugins: [lazyBuiltins],
        });
        const text = brotliCompressSync(outputFiles[0]?.contents ?? "").toString("base64");
        const contents = `
          const code = process.getBuiltinModule("node:zlib").brotliDecompressSync(Buffer.from(${JSON.stringify(text)}, "base64")).toString();
          const inner = { exports: {} };
          new Function("module", "exports", "require", code)(inner, inner.exports, (name) => process.getBuiltinModule(name));
          module.exports = inner.exports;`;
        return { contents, loader: "js" };
      });
    },
  };
}
