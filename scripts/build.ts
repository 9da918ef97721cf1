// Bundles what customers and vendors install: the runner and the CLI, one file each.
await import("../apps/runner/build.ts");
await import("../apps/cli/build.ts");
