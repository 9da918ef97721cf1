import { AppError, messageOf } from "@berth/kit/errors";
import { withoutUserInfo, type RepoUrl } from "./repo-url.ts";

/** What git says when asking again will not help: all of it is about rights, names or a refusal. */
const lasting =
  /authentication failed|could not read (username|password)|invalid (username|credentials)|permission denied|access denied|host key verification failed|not found|does not (exist|appear to be)|couldn't find remote ref|not our ref|unadvertised object|transport '[^']*' not allowed|dubious ownership|returned error: 40[0-79]|returned error: 4[1-9]\d/i;

const longest = 2000;

/** Whether the server does not give out single commits: then the branch itself has to be asked for. */
export function refusesCommits(error: unknown): boolean {
  return /not our ref|unadvertised object|does not allow request/i.test(messageOf(error));
}

/** git's failure as an AppError: its own words, without control characters and credentials; `meta.transient` tells whether it may pass by itself. */
export function explainGitError(error: unknown, repo: RepoUrl): AppError {
  if (error instanceof AppError) return error;
  const message = messageOf(error);
  if (/ENOENT/.test(message) && /spawn/.test(message)) {
    return new AppError("unavailable", "git is not installed on the control plane: install it, or put it on the PATH it is started with");
  }
  const said = readable(message);
  const hint = /could not read username|authentication failed|permission denied/i.test(message)
    ? " If the repository is private, name it as connected_repo and store a git credential for it."
    : "";
  return new AppError("upstream_failed", `git could not read ${repo.url}: ${said}.${hint}`, {
    transient: !lasting.test(message),
    repo: repo.url,
  });
}

/** The lines that matter, as one text. */
function readable(message: string): string {
  const lines = withoutUserInfo(message)
    // eslint-disable-next-line no-control-regex -- terminal sequences of a remote are not for a log or a terminal
    .replace(/\u001b\[[0-9;?]*[A-Za-z]|[\u0000-\u0009\u000b-\u001f\u007f]/g, " ")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => /^(fatal|error|remote|ssh|warning):|denied|refused|failed|timed out/i.test(line));
  const told = (lines.length > 0 ? lines : ["it failed without a message"]).join("; ").replace(/\.$/, "");
  return told.length > longest ? `${told.slice(0, longest)}…` : told;
}
