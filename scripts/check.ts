// Format, lint, types, boundaries and unit tests: seconds, no services. `npm run check`
import { runStep } from "./run-step.ts";

const steps: [string, string, string[]][] = [
  ["format", "oxfmt", ["--check", "."]],
  ["lint", "oxlint", ["--type-aware", "--deny-warnings"]],
  ["types", "tsc", ["--noEmit", "-p", "."]],
  ["boundaries", "turbo", ["boundaries", "--no-color"]],
  ["unit tests", "vitest", ["run", "--project", "unit"]],
];

for (const [name, program, args] of steps) {
  const code = await runStep(program, args, { TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1" });
  if (code !== 0) {
    process.stderr.write(`check: ${name} failed (${program} ${args.join(" ")})\n`);
    process.exit(code);
  }
}
