import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";

/** Where a program is: the operator's setting, else the first on the PATH; undefined where it is nowhere. */
export function findTool(name: string, setting: string | undefined, path: string | undefined): string | undefined {
  const onPath = (path ?? "").split(delimiter).filter(isAbsolute);
  return [...(setting === undefined ? [] : [setting]), ...onPath.map((dir) => join(dir, name))].find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
