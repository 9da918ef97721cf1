/**
 * Node's network modules, when they are needed. An `import` of `node:http` from an ES module reads every one of its exports, among them getters that load
 * Node's whole fetch: 60 ms and some MB that a job's process mostly does without.
 */
export const builtin = {
  http: () => process.getBuiltinModule("node:http"),
  https: () => process.getBuiltinModule("node:https"),
  tls: () => process.getBuiltinModule("node:tls"),
};
