import { lstat, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { InvalidInput } from "../invalid-input.ts";

/** A README that is there is a good one. */
const mayExist = "README.md";

/**
 * Writes files into a directory, which is made where it is missing. All or none; nothing is overwritten.
 * @returns the paths that were written
 * @throws InvalidInput naming what is there already
 */
export async function writeStarter(dir: string, files: Readonly<Record<string, string>>): Promise<string[]> {
  const present: string[] = [];
  for (const path of Object.keys(files)) if (await exists(join(dir, path))) present.push(path);
  const inTheWay = present.filter((path) => path !== mayExist);
  if (inTheWay.length > 0)
    throw new InvalidInput(`Nothing was written: ${dir} has ${inTheWay.join(", ")} already. Choose another directory.`);
  const wanted = Object.entries(files).filter(([path]) => !present.includes(path));
  for (const [path, text] of wanted) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text, { flag: "wx", mode: path.endsWith(".sh") ? 0o755 : 0o644 });
  }
  return wanted.map(([path]) => path);
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR")
      throw new InvalidInput(`Nothing was written: a part of ${path} is a file, not a directory.`);
    throw error;
  }
}
