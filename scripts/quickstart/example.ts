import { execFile } from "node:child_process";
import { cp, glob, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { root } from "../run-step.ts";

const run = promisify(execFile);
const source = join(root, "examples", "hello-berth");
/** What the example's files name as their repository, as a vendor's would. */
const placeholder = "berth-examples/hello-berth";

/**
 * Makes a real git repository of the example app, or commits what has changed in it since the last run.
 * @returns the app's directory: the repository itself
 */
export async function packageExample(repository: string): Promise<string> {
  const git = (...args: string[]): Promise<{ stdout: string }> =>
    run("git", ["-c", "user.name=Example vendor", "-c", "user.email=vendor@example.com", "-c", "commit.gpgsign=false", ...args], {
      cwd: repository,
    });
  const isNew = await mkdir(repository, { recursive: true });
  if (isNew !== undefined) await git("init", "--quiet", "--initial-branch=main");
  for await (const entry of glob("*", { cwd: repository })) if (entry !== ".git") await rm(join(repository, entry), { recursive: true });
  await cp(source, repository, { recursive: true });
  for await (const file of glob("**/*.toml", { cwd: repository })) {
    const text = await readFile(join(repository, file), "utf8");
    await writeFile(join(repository, file), text.replaceAll(placeholder, pathToFileURL(repository).href));
  }
  await git("add", "--all");
  if ((await git("status", "--porcelain")).stdout !== "") await git("commit", "--quiet", "--message", "hello-berth");
  return repository;
}

/** Stops the example's web servers: they live on in the customer's account when terraform and the runner have ended. */
export async function stopApps(appDir: string): Promise<void> {
  for await (const control of glob("*/web/control.mjs", { cwd: appDir })) await run(process.execPath, [join(appDir, control), "stop"]);
}
