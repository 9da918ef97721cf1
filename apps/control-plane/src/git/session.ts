import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@berth/kit/errors";
import { simpleGit } from "simple-git";
import type { Settings } from "../env.ts";
import type { GitCredential } from "./credentials/secret.ts";
import { explainGitError } from "./explain-error.ts";
import type { RepoUrl } from "./repo-url.ts";
import { stopLeftOver } from "./stop-left-over.ts";

/** git for one repository, in a directory of its own that goes away at the end. */
export type GitSession = AsyncDisposable & {
  repo: RepoUrl;
  /** An empty directory to work in. */
  dir: string;
  /**
   * Runs git and gives its standard output.
   * @throws AppError `upstream_failed` with git's own message, credentials taken out; `meta.transient` where trying again may help
   * @throws the signal's reason once it is aborted; git has been stopped then
   */
  run(args: string[], signal?: AbortSignal): Promise<string>;
};

const outputLimit = 64 * 1024 * 1024;

/** Answers git's questions for user and password, but only for the host the credential is meant for: a redirect elsewhere gets nothing. */
const askpass = `#!/bin/sh
case "$1" in
  "Username for '$BERTH_GIT_SCHEME://$BERTH_GIT_HOST': ") printf '%s\\n' "$BERTH_GIT_USERNAME" ;;
  "Password for '$BERTH_GIT_SCHEME://"*"@$BERTH_GIT_HOST': ") printf '%s\\n' "$BERTH_GIT_PASSWORD" ;;
  *) exit 1 ;;
esac
`;

/** What this program itself sets although simple-git thinks it dangerous in the hands of others. None of it comes from outside. */
const ownSettings = {
  allowUnsafeHooksPath: true,
  allowUnsafeProtocolOverride: true,
  allowUnsafeConfigPaths: true,
  allowUnsafeAskPass: true,
  allowUnsafeSshCommand: true,
};

/**
 * Opens git on a repository: no shell, no configuration of the machine or its user, no hooks, no questions, only the protocol of the URL.
 * @param input.credential leave out for public repositories
 * @param input.dir a directory to be made and removed again
 */
export async function openGit(input: {
  repo: RepoUrl;
  settings: Pick<Settings, "toolEnv" | "dataDir">;
  dir: string;
  credential?: GitCredential | undefined;
}): Promise<GitSession> {
  const { repo } = input;
  await mkdir(input.dir, { recursive: true });
  const root = await mkdtemp(join(input.dir, "git-"));
  const home = join(root, "home");
  const dir = join(root, "tree");
  await mkdir(home, { mode: 0o700 });
  await mkdir(dir);
  const env: Record<string, string> = {
    ...input.settings.toolEnv,
    HOME: home,
    LC_ALL: "C",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ALLOW_PROTOCOL: repo.scheme,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_LITERAL_PATHSPECS: "1",
    GIT_LFS_SKIP_SMUDGE: "1",
    GIT_SSH_VARIANT: "ssh",
    ...(await login({ repo, home, dataDir: input.settings.dataDir, credential: input.credential })),
  };

  return {
    repo,
    dir,
    async run(args, signal) {
      signal?.throwIfAborted();
      const tooMuch = new AbortController();
      const stop = signal ? AbortSignal.any([signal, tooMuch.signal]) : tooMuch.signal;
      let bytes = 0;
      const count = (chunk: Buffer): void => {
        bytes += chunk.length;
        if (bytes > outputLimit) tooMuch.abort(new AppError("too_large", `git printed more than ${outputLimit} bytes`));
      };
      const git = simpleGit({
        baseDir: dir,
        abort: stop,
        allowEnvironment: Object.keys(env),
        unsafe: ownSettings,
        config: [
          "core.hooksPath=/dev/null",
          "protocol.ext.allow=never",
          "core.symlinks=true",
          "core.autocrlf=false",
          "submodule.recurse=false",
          "fetch.recurseSubmodules=false",
          // Always one pack file: its growth is what the size limit watches.
          "fetch.unpackLimit=1",
          "gc.auto=0",
          "maintenance.auto=false",
          "http.lowSpeedLimit=1000",
          "http.lowSpeedTime=30",
        ],
      })
        .env(env)
        .outputHandler((_command, stdout, stderr) => {
          stdout.on("data", count);
          stderr.on("data", count);
        });
      try {
        return await git.raw(args);
      } catch (error) {
        if (stop.aborted) await stopLeftOver(home);
        stop.throwIfAborted();
        throw explainGitError(error, repo);
      }
    },
    async [Symbol.asyncDispose]() {
      await rm(root, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

async function login(input: {
  repo: RepoUrl;
  home: string;
  dataDir: string;
  credential: GitCredential | undefined;
}): Promise<Record<string, string>> {
  const { repo, home, credential } = input;
  if (repo.scheme === "ssh") {
    const options = [
      "-F",
      "/dev/null",
      "-o",
      "BatchMode=yes",
      "-o",
      "IdentitiesOnly=yes",
      "-o",
      "ConnectTimeout=15",
      "-o",
      "ServerAliveInterval=10",
    ];
    const secret = credential?.secret.kind === "ssh_key" ? credential.secret : undefined;
    if (secret) {
      const key = join(home, "key");
      await writeFile(key, secret.privateKey, { mode: 0o600 });
      options.push("-i", key);
    }
    // Without given host keys the first one seen is kept, and a change refused.
    const given = secret?.knownHosts;
    const known = given === undefined ? join(input.dataDir, "known_hosts") : join(home, "known_hosts");
    if (given !== undefined) await writeFile(known, `${given.trimEnd()}\n`);
    options.push("-o", `UserKnownHostsFile="${known}"`, "-o", `StrictHostKeyChecking=${given === undefined ? "accept-new" : "yes"}`);
    return { GIT_SSH_COMMAND: ["ssh", ...options].map(shellWord).join(" ") };
  }
  if (credential?.secret.kind !== "password") return {};
  const script = join(home, "askpass");
  await writeFile(script, askpass);
  await chmod(script, 0o700);
  return {
    GIT_ASKPASS: script,
    BERTH_GIT_SCHEME: repo.scheme,
    BERTH_GIT_HOST: repo.host,
    BERTH_GIT_USERNAME: credential.username,
    BERTH_GIT_PASSWORD: credential.secret.password,
  };
}

/** git hands GIT_SSH_COMMAND to a shell: every word of it is quoted. */
function shellWord(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
