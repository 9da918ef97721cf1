import { copyFile, lstat, mkdir, readdir, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { AppError } from "@berth/kit/errors";
import type { IgnoreRules } from "./helmignore.ts";

/** Most files and bytes of a chart before compression; Helm itself refuses to read larger ones. */
export const chartLimits = { files: 20_000, bytes: 100 * 1024 * 1024 };

/**
 * Copies a chart's files into a new directory, as Helm reads them: what is ignored is left out, symbolic links become what they point to.
 * @param input.root links have to stay in it
 * @throws AppError `unprocessable` for links that lead out, loops and special files, `too_large` beyond the limits
 */
export async function stageTree(input: {
  from: string;
  to: string;
  root: string;
  where: string;
  ignored: IgnoreRules;
  signal: AbortSignal;
}): Promise<void> {
  const root = await realpath(input.root);
  let files = 0;
  let bytes = 0;
  await visit(await realpath(input.from), "", []);

  async function visit(dir: string, path: string, above: readonly string[]): Promise<void> {
    input.signal.throwIfAborted();
    await mkdir(join(input.to, path), { recursive: true });
    for (const name of await readdir(dir)) {
      if (name === ".git") continue;
      const inner = path === "" ? name : `${path}/${name}`;
      const refuse = (why: string): AppError =>
        new AppError("unprocessable", `${JSON.stringify(`${input.where === "" ? "" : `${input.where}/`}${inner}`.slice(0, 300))} ${why}`);
      const link = (await lstat(join(dir, name))).isSymbolicLink();
      const real = link ? await target(join(dir, name), refuse) : join(dir, name);
      const stats = await stat(real);
      if (input.ignored(inner, stats.isDirectory())) continue;
      if (stats.isDirectory()) {
        if ([...above, dir].some((one) => one === real)) throw refuse("is a link to a directory that it lies in");
        if (above.length > 30) throw refuse("lies deeper than 30 directories");
        await visit(real, inner, [...above, dir]);
      } else if (stats.isFile()) {
        files += 1;
        bytes += stats.size;
        if (files > chartLimits.files || bytes > chartLimits.bytes)
          throw new AppError(
            "too_large",
            `The chart has more than ${chartLimits.files} files or ${chartLimits.bytes} bytes, more than Helm reads`,
          );
        await copyFile(real, join(input.to, inner));
      } else throw refuse("is neither a file nor a directory");
    }
  }

  async function target(path: string, refuse: (why: string) => AppError): Promise<string> {
    const real = await realpath(path).catch(() => undefined);
    if (real === undefined)
      throw refuse("is a symbolic link to what is not there; what lies outside of the chart's directory is not fetched");
    if (real !== root && !real.startsWith(`${root}${sep}`)) throw refuse("is a symbolic link that leads out of the repository");
    if (real.slice(root.length).split(sep).includes(".git")) throw refuse("is a symbolic link into git's own files");
    return real;
  }
}
