import { defineConfig } from "vitest/config";

const shared = { exclude: ["**/node_modules/**", "**/dist/**"] };

/** unit: pure, beside the file (x.test.ts). db: on a cloned database (x.db.test.ts). flow: real processes (x.flow.test.ts). */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: "unit",
          include: ["{apps,libs,scripts}/**/*.test.ts"],
          exclude: [...shared.exclude, "**/*.{db,flow}.test.ts"],
        },
      },
      {
        test: {
          ...shared,
          name: "db",
          include: ["{apps,libs}/**/*.db.test.ts"],
          globalSetup: ["libs/testkit/src/postgres-global.ts"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          ...shared,
          name: "flow",
          include: ["{apps,libs,tests,scripts}/**/*.flow.test.ts"],
          globalSetup: ["libs/testkit/src/postgres-global.ts"],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});
