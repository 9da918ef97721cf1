import { builtinModules } from "node:module";
import type { Plugin } from "esbuild";

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
