import { AppError } from "@berth/kit/errors";
import { compareVersions, isPrerelease, isVersion, satisfiesConstraint } from "@berth/template/functions/semver";

/**
 * The version that is meant: exactly the one named, the newest that satisfies a constraint, or without either the newest that is no pre-release.
 * @param input.versions what there is; what is no version is passed over
 * @param input.what for messages: `chart "web" in https://…`
 * @throws AppError `unprocessable` that names the versions there are
 */
export function pickVersion(input: { versions: readonly string[]; wanted?: string | undefined; what: string }): string {
  const { what } = input;
  const wanted = input.wanted?.trim() ?? "";
  const versions = [...new Set(input.versions)].filter(isVersion).toSorted((a, b) => compareVersions(b, a));
  const there =
    versions.length === 0
      ? "there is none at all"
      : `there are ${versions.slice(0, 10).join(", ")}${versions.length > 10 ? ` and ${versions.length - 10} more` : ""}`;
  if (wanted === "") {
    const newest = versions.find((version) => !isPrerelease(version));
    if (newest !== undefined) return newest;
    throw new AppError("unprocessable", `There is no released version of ${what}; ${there}. Write the version that is meant.`);
  }
  const exact =
    versions.find((version) => version === wanted) ?? versions.find((version) => version.replace(/^v/, "") === wanted.replace(/^v/, ""));
  const found = exact ?? versions.find((version) => satisfies(version, wanted, what));
  if (found === undefined) throw new AppError("unprocessable", `There is no version ${wanted.slice(0, 100)} of ${what}; ${there}`);
  return found;
}

/** Whether a version satisfies a constraint. @throws AppError `unprocessable` where the constraint is none */
export function satisfies(version: string, constraint: string, what: string): boolean {
  try {
    return satisfiesConstraint(version, constraint);
  } catch {
    throw new AppError("unprocessable", `${JSON.stringify(constraint.slice(0, 100))} is no version or version constraint for ${what}`);
  }
}
