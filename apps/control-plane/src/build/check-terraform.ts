import { readdir } from "node:fs/promises";
import { AppError } from "@berth/kit/errors";
import type { ResolvedSource } from "../db/schema.ts";

/** Refuses a directory that Terraform would find nothing in. @throws AppError `unprocessable` that names directories that might be meant */
export async function checkTerraformModule(dir: string, source: ResolvedSource): Promise<void> {
  const entries = await readdir(dir, { withFileTypes: true });
  if (entries.some((entry) => /\.tf(\.json)?$/.test(entry.name))) return;
  const inner = entries.filter((entry) => entry.isDirectory() && entry.name !== ".git").map((entry) => entry.name);
  const found: string[] = [];
  for (const name of inner.slice(0, 50)) {
    if ((await readdir(`${dir}/${name}`)).some((file) => /\.tf(\.json)?$/.test(file)))
      found.push(source.directory === "" ? name : `${source.directory}/${name}`);
  }
  const hint = found.length > 0 ? `; did you mean ${found.slice(0, 3).join(" or ")}?` : "";
  throw new AppError(
    "unprocessable",
    `There are no Terraform files (*.tf) in "${source.directory || "."}" of ${source.repo} at ${source.commit.slice(0, 10)}${hint}`,
  );
}
