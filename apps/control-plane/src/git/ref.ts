import { AppError } from "@berth/kit/errors";

const longest = 255;

/** A full commit id, SHA-1. */
export function isCommit(ref: string): boolean {
  return /^[0-9a-f]{40}$/.test(ref);
}

/**
 * Checks the name of a branch or tag, or a full commit id, by git's own rules for names; so it can never be read as an option or a pattern.
 * @throws AppError `unprocessable`
 */
export function checkRef(ref: string): string {
  const wrong =
    ref === "" ||
    ref.length > longest ||
    ref.startsWith("-") ||
    ref === "@" ||
    // eslint-disable-next-line no-control-regex -- these characters are what is looked for
    /[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|^\/|\/$|\.$/.test(ref) ||
    ref.split("/").some((part) => part.startsWith(".") || part.endsWith(".lock"));
  if (wrong) throw new AppError("unprocessable", `${JSON.stringify(ref.slice(0, 100))} is not the name of a branch or tag, nor a commit`);
  return ref;
}

/**
 * The directory within a repository: `a/b`, or `""` for its root.
 * @throws AppError `unprocessable` for absolute paths, `..` and what no file system takes
 */
export function checkDirectory(directory: string): string {
  const refuse = (why: string): AppError =>
    new AppError("unprocessable", `The directory ${JSON.stringify(directory.slice(0, 200))} ${why}`);
  if (directory.length > 1000 || directory.includes("\0") || directory.includes("\n"))
    throw refuse("is too long or has characters that no path has");
  if (directory.startsWith("/")) throw refuse("is absolute; write it relative to the repository's root");
  const parts = directory.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) throw refuse("leaves the repository");
  if (parts.some((part) => part.toLowerCase() === ".git")) throw refuse("is git's own");
  return parts.join("/");
}
