import { AppError } from "@berth/kit/errors";
import { parseGlob } from "./glob.ts";

/** Whether a path of a chart (`a/b`, no slash at the end) is left out of its package. */
export type IgnoreRules = (path: string, directory: boolean) => boolean;

type Rule = { negated: boolean; directoryOnly: boolean; matches: (path: string) => boolean };

/** What Helm always leaves out. */
const builtIn = "templates/.?*";

/**
 * Reads a `.helmignore` with Helm's own meaning of its lines, which is not git's: the first rule that applies decides, and of a rule with `!` all
 * that it does not match is left out.
 * @throws AppError `unprocessable` for `**`, which Helm refuses, and for broken patterns
 */
export function parseHelmIgnore(text: string, where: string): IgnoreRules {
  const rules = [...text.split("\n"), builtIn].flatMap((line, index) => {
    const rule = line.replace(index === 0 ? /^\uFEFF/ : /^$/, "").trim();
    if (rule === "" || rule.startsWith("#")) return [];
    if (rule.includes("**")) throw new AppError("unprocessable", `${where}, line ${index + 1}: "**" is not possible in a .helmignore`);
    const parsed = parseRule(rule);
    if (!parsed)
      throw new AppError("unprocessable", `${where}, line ${index + 1}: ${JSON.stringify(rule.slice(0, 200))} is not a valid pattern`);
    return [parsed];
  });
  return (path, directory) => {
    for (const rule of rules) {
      if (rule.negated) {
        if ((rule.directoryOnly && !directory) || !rule.matches(path)) return true;
      } else if ((!rule.directoryOnly || directory) && rule.matches(path)) {
        return true;
      }
    }
    return false;
  };
}

function parseRule(rule: string): Rule | undefined {
  const negated = rule.startsWith("!");
  let pattern = negated ? rule.slice(1) : rule;
  const directoryOnly = pattern.endsWith("/");
  if (directoryOnly) pattern = pattern.slice(0, -1);
  const whole = pattern.includes("/");
  const glob = parseGlob(pattern.replace(/^\//, ""));
  if (!glob) return undefined;
  return { negated, directoryOnly, matches: (path) => glob(whole ? path : path.slice(path.lastIndexOf("/") + 1)) };
}
