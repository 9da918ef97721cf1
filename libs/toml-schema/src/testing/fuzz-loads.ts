import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { diagnosticFormats, formatDiagnostics, hasErrors } from "../diagnostics.ts";
import { loadApp } from "../load.ts";
import { everythingApp } from "./everything-app.ts";
import { fuzzParameters, type FuzzInput } from "./fuzz-input.ts";
import { mutate, mutation } from "./mutate.ts";
import { writeApp } from "./write-app.ts";

const slowestMs = 5000;

/**
 * Loads an app with one mutated file after the other, `runs` times or for `ms` milliseconds.
 * @param input.seed makes the same mutations again
 * @throws where a load throws, takes too long, or its result is not what it promises
 */
export async function fuzzLoads(input: FuzzInput): Promise<void> {
  const paths = Object.keys(everythingApp);
  await using app = await writeApp(everythingApp);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), fc.array(mutation, { minLength: 1, maxLength: 4 }), async (path, mutations) => {
      const original = everythingApp[path] ?? "";
      await writeFile(join(app.dir, path), mutate(original, mutations));
      try {
        await loadAndJudge(app.dir);
      } finally {
        await writeFile(join(app.dir, path), original);
      }
    }),
    fuzzParameters(input),
  );
}

async function loadAndJudge(dir: string): Promise<void> {
  const start = performance.now();
  const { config, diagnostics, files } = await loadApp({ dir, offline: true, fileUrls: "app" });
  const sources = new Map(files.map((file) => [file.path, file.text]));
  for (const format of diagnosticFormats) formatDiagnostics({ diagnostics, format, sources });
  const took = performance.now() - start;
  if (took > slowestMs) throw new Error(`A load took ${took} ms`);
  if ((config === undefined) !== hasErrors(diagnostics)) throw new Error("There is a config exactly where there is no error");
  for (const { file, line, column, message } of diagnostics) {
    const lines = sources.get(file)?.split("\n");
    const length = lines?.[line - 1]?.length;
    // A file that is missing has no lines, so a problem of it stands at its start.
    const inside = lines === undefined ? line === 1 : length !== undefined && column >= 1 && column <= length + 2;
    if (!inside) throw new Error(`${file}:${line}:${column} is not in the file: ${message}`);
    if (/undefined|\[object/.test(message)) throw new Error(`A message shows our insides: ${message}`);
  }
}
