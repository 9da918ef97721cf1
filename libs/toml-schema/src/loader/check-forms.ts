import { asTable } from "../source/table.ts";
import type { LoadedFile } from "./loaded-file.ts";
import { addProblem, type Problems } from "./problem.ts";
import { exclusiveForms } from "./sections.ts";

/** A single file and its directory form must not both define something; an empty file or one of only comments defines nothing. */
export function checkForms(files: readonly LoadedFile[], problems: Problems): void {
  for (const form of exclusiveForms) {
    const single = files.find((file) => file.doc.file === form.file && definesSomething(file));
    const other = files.find((file) => form.directories.some((directory) => file.doc.file.startsWith(`${directory}/`)));
    if (!single || !other) continue;
    addProblem(problems, {
      code: "two_forms",
      file: form.file,
      message: `${form.file} and ${other.doc.file} both define ${form.what}; an app uses one form or the other`,
      fix: `move what ${form.file} defines into ${form.directories.map((directory) => `${directory}/`).join(" and ")}, or the other way round`,
    });
  }
}

function definesSomething(file: LoadedFile): boolean {
  return Object.values(file.raw).some((value) =>
    Array.isArray(value) ? value.length > 0 : asTable(value) !== undefined || typeof value === "string",
  );
}
