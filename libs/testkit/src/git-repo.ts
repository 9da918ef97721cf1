import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A file: its text or bytes, a script, a symbolic link, or `null` to remove it. */
export type GitFile = string | Uint8Array | { script: string } | { link: string } | null;

/** A real git repository in a temporary directory, on branch `main`. */
export type GitRepo = AsyncDisposable & {
  dir: string;
  /** `file://` URL. */
  url: string;
  /** Writes (or removes) files, commits everything, gives the commit id. */
  commit(files: Record<string, GitFile>, message?: string): Promise<string>;
  /** Any git command in it; gives its output without the closing line break. */
  git(...args: string[]): Promise<string>;
  /** The tree hash of a directory at a commit; of the root without one. */
  tree(commit: string, directory?: string): Promise<string>;
};

/** Makes a repository. Author and dates are fixed, so equal histories have equal commit ids on every machine. */
export async function createGitRepo(files?: Record<string, GitFile>): Promise<GitRepo> {
  const dir = await mkdtemp(join(tmpdir(), "berth-git-"));
  let commits = 0;
  const git = async (...args: string[]): Promise<string> => {
    const date = `2026-01-01T00:00:${String(commits % 60).padStart(2, "0")}Z`;
    const { stdout } = await run("git", args, {
      cwd: dir,
      maxBuffer: 64 * 1024 * 1024,
      env: {
        PATH: process.env["PATH"],
        HOME: dir,
        GIT_CONFIG_NOSYSTEM: "1",
        GIT_CONFIG_GLOBAL: "/dev/null",
        GIT_AUTHOR_NAME: "Test",
        GIT_AUTHOR_EMAIL: "test@example.com",
        GIT_COMMITTER_NAME: "Test",
        GIT_COMMITTER_EMAIL: "test@example.com",
        GIT_AUTHOR_DATE: date,
        GIT_COMMITTER_DATE: date,
      },
    });
    return stdout.replace(/\n$/, "");
  };
  await git("init", "--quiet", "--initial-branch=main");
  const repo: GitRepo = {
    dir,
    url: pathToFileURL(dir).href,
    git,
    async commit(changed, message = `commit ${commits + 1}`) {
      for (const [path, file] of Object.entries(changed)) await put(join(dir, path), file);
      await git("add", "--all", "--force");
      await git("commit", "--quiet", "--allow-empty", "-m", message);
      commits += 1;
      return git("rev-parse", "HEAD");
    },
    tree: (commit, directory) => git("rev-parse", `${commit}:${directory ?? ""}`),
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  };
  if (files) await repo.commit(files);
  return repo;
}

async function put(path: string, file: GitFile): Promise<void> {
  await rm(path, { recursive: true, force: true });
  if (file === null) return;
  await mkdir(dirname(path), { recursive: true });
  if (typeof file === "string" || file instanceof Uint8Array) return writeFile(path, file);
  if ("link" in file) return symlink(file.link, path);
  await writeFile(path, file.script);
  await chmod(path, 0o755);
}
