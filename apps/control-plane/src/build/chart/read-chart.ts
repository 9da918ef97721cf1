import { open } from "node:fs/promises";
import { constants } from "node:fs";
import { join } from "node:path";
import { AppError } from "@berth/kit/errors";
import { metadataBytes, parseChartMetadata, parseDependencies, type ChartDependency, type ChartMetadata } from "./metadata.ts";

/** A chart's directory and what it says of itself. */
export type Chart = {
  dir: string;
  metadata: ChartMetadata;
  /** What it needs, wherever its version of the format writes that down. */
  dependencies: ChartDependency[];
  /** The exact versions that its lock file holds; undefined without one. */
  lock?: ChartDependency[];
};

/**
 * Reads a chart's directory.
 * @param where the directory as people know it, for messages
 * @throws AppError `unprocessable` where it is no valid chart
 */
export async function readChart(dir: string, where: string): Promise<Chart> {
  const name = (file: string): string => (where === "" ? file : `${where}/${file}`);
  const source = await readSmall(join(dir, "Chart.yaml"), name("Chart.yaml"));
  if (source === undefined)
    throw new AppError("unprocessable", `There is no Chart.yaml in "${where || "."}": name the directory of the chart itself`);
  const metadata = parseChartMetadata(source, name("Chart.yaml"));
  const [list, lockFile] = metadata.apiVersion === "v1" ? ["requirements.yaml", "requirements.lock"] : ["Chart.yaml", "Chart.lock"];
  const required = list === "Chart.yaml" ? undefined : await readSmall(join(dir, list), name(list));
  const locked = await readSmall(join(dir, lockFile), name(lockFile));
  return {
    dir,
    metadata,
    dependencies: required === undefined ? (metadata.dependencies ?? []) : parseDependencies(required, name(list)),
    ...(locked === undefined ? {} : { lock: parseDependencies(locked, name(lockFile)) }),
  };
}

/** A file's text; undefined where there is none. Links are not followed: what they point to may be anywhere. */
async function readSmall(path: string, where: string): Promise<string | undefined> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    const { size } = await file.stat();
    if (size > metadataBytes) throw new AppError("too_large", `${where} has more than ${metadataBytes} bytes`);
    return await file.readFile("utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    if (code === "ELOOP") throw new AppError("unprocessable", `${where} is a symbolic link; it has to be a file`);
    throw error;
  }
}
