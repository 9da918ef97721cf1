import type { RepoSource } from "../config/common.ts";
import type { Draft } from "../loader/assemble.ts";
import type { Finding, Report } from "./finding.ts";

/** Repositories are named in a way that can be cloned, and directories stay within them. */
export function checkRepos(draft: Draft, report: Report): void {
  const check = (repo: RepoSource | undefined, path: Finding["path"]) => {
    if (repo) checkRepo(repo, path, report);
  };
  check(draft.sandbox?.repo, ["sandbox", "repo"]);
  check(draft.installsSource, ["installsSource"]);
  for (const [index, component] of draft.components.entries())
    if ("repo" in component) check(component.repo, ["components", index, "repo"]);
  for (const [index, { steps }] of draft.actions.entries()) {
    for (const [step, { repo }] of steps.entries()) check(repo, ["actions", index, "steps", step, "repo"]);
  }
  for (const [index, { steps }] of draft.runbooks.entries()) {
    for (const [step, { repo }] of steps.entries()) check(repo, ["runbooks", index, "steps", step, "repo"]);
  }
  for (const [index, branch] of draft.branches.entries()) {
    check(branch.repo, ["branches", index, "repo"]);
    check(branch.installsRepo, ["branches", index, "installsRepo"]);
  }
}

const shorthand = /^[A-Za-z0-9][\w.-]*\/[\w.-]+$/;
const address = /^(https?:\/\/|ssh:\/\/|git@[\w.-]+:|file:\/\/\/)\S+$/;

/** Whether a text is `owner/name`, the URL of a git repository, or the path of one. */
export function isRepo(repo: string): boolean {
  return shorthand.test(repo) || address.test(repo) || /^\.{1,2}\//.test(repo) || repo === ".";
}

function checkRepo(source: RepoSource, path: Finding["path"], report: Report): void {
  const { repo, directory, branch } = source;
  if (!isRepo(repo)) {
    report({
      code: "invalid_repo",
      path: [...path, "repo"],
      message: `"${repo}" is not a repository`,
      fix: "write owner/name, or an https or ssh URL",
    });
  }
  if (directory.startsWith("/") || directory.split(/[/\\]/).includes("..")) {
    report({ code: "invalid_repo", path: [...path, "directory"], message: `"${directory}" leads out of the repository` });
  }
  if (branch.startsWith("-") || /[\s~^:?*[\\]|\.\./.test(branch)) {
    report({ code: "invalid_repo", path: [...path, "branch"], message: `"${branch}" cannot be a branch, tag or commit` });
  }
}
