// Every check and every test; the last line is the count, alone. `npm test [-- vitest filter …]`
// With BERTH_TEST_REQUIRE_ALL=1 a test that was left out (a program it needs is missing) fails the run.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runStep } from "./run-step.ts";

type Report = {
  testResults: { name: string; status: string; message?: string; assertionResults: { fullName: string; status: string }[] }[];
};

const filters = process.argv.slice(2);
const env = { TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1" };
const checks: [string, string, string[]][] = [
  ["format", "oxfmt", ["--check", "."]],
  ["lint", "oxlint", ["--type-aware", "--deny-warnings"]],
  ["types", "tsc", ["--noEmit", "-p", "."]],
  ["boundaries", "turbo", ["boundaries", "--no-color"]],
];

/** With a heap that a leak soon fills, and a seed of their own: the same commit gives the same mutations, so that a find is this commit's and not luck's. */
const fuzzSeconds = process.env.BERTH_TEST_REQUIRE_ALL === "1" ? 60 : 2;
const fuzzers = ["configs", "templates"].map((what) => ({
  what,
  args: ["--max-old-space-size=256", "libs/toml-schema/fuzz.ts", what, String(fuzzSeconds), "20261126"],
}));

let passed = 0;
const failures: string[] = [];
const leftOut: string[] = [];

if (filters.length === 0) {
  for (const [name, program, args] of checks) {
    if ((await runStep(program, args, env)) === 0) passed++;
    else failures.push(`check: ${name}`);
  }
  process.stdout.write(`\nMutated configs and templates for ${fuzzSeconds} s\n`);
  const codes = fuzzers.map(({ args }) => runStep("node", args, {}, (fuzzSeconds + 60) * 1000));
  for (const [index, code] of (await Promise.all(codes)).entries()) {
    if (code === 0) passed++;
    else failures.push(`fuzz: ${fuzzers[index]?.what}`);
  }
}

const dir = await mkdtemp(join(tmpdir(), "berth-report-"));
// One after the other: the flows measure nothing, but they start real processes and two cores are soon busy.
for (const project of ["unit", "db", "flow"]) {
  const file = join(dir, `${project}.json`);
  const args = [
    "run",
    "--project",
    project,
    "--passWithNoTests",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${file}`,
    ...filters,
  ];
  const code = await runStep("vitest", args, env);
  const report = JSON.parse(await readFile(file, "utf8").catch(() => "null")) as Report | null;
  const before = failures.length;
  const fail = (what: string): void => void failures.push(what);
  for (const suite of report?.testResults ?? []) {
    for (const test of suite.assertionResults) {
      if (test.status === "passed") passed++;
      else if (test.status === "failed") fail(`${suite.name}: ${test.fullName}`);
      else leftOut.push(test.fullName);
    }
    if (suite.status === "failed" && !suite.assertionResults.some((test) => test.status === "failed")) {
      fail(`${suite.name}: ${suite.message?.split("\n")[0] ?? "the file failed"}`);
    }
  }
  if (code !== 0 && failures.length === before) failures.push(`${project}: vitest ended with exit code ${code}`);
}
await rm(dir, { recursive: true, force: true });

if (leftOut.length > 0) {
  process.stdout.write(`\n!! ${leftOut.length} tests were LEFT OUT, because something they need is not on this machine:\n`);
  for (const name of leftOut) process.stdout.write(`!!   ${name}\n`);
  if (process.env.BERTH_TEST_REQUIRE_ALL === "1") failures.push(...leftOut.map((name) => `left out: ${name}`));
}
if (failures.length > 0) process.stdout.write(`\nFailed:\n${failures.map((name) => `  ${name}`).join("\n")}\n`);
process.stdout.write(`\n${passed} passed, ${failures.length} failed\n`);
process.exit(failures.length > 0 || passed === 0 ? 1 : 0);
