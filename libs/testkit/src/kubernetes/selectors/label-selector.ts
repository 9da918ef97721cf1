import { badRequest } from "../status-error.ts";

/** As it stands in specs. */
export type LabelSelector = {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
};

type Labels = Readonly<Record<string, string>>;

export function selectorMatches(selector: LabelSelector, labels: Labels): boolean {
  const equal = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return equal && (selector.matchExpressions ?? []).every((term) => termMatches(term.key, term.operator, term.values ?? [], labels));
}

function termMatches(key: string, operator: string, values: readonly string[], labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  if (operator === "In") return value !== undefined && values.includes(value);
  if (operator === "NotIn") return value === undefined || !values.includes(value);
  return operator === "Exists" ? value !== undefined : value === undefined;
}

const term =
  /^\s*(?:(?<not>!)\s*(?<absent>[^\s=!,()]+)|(?<key>[^\s=!,()]+)\s*(?:(?<operator>==|=|!=)\s*(?<value>[^\s=!,()]*)|\s(?<set>in|notin)\s*\((?<values>[^)]*)\))?)\s*(?:,|$)/;

/** Reads `a=b,c!=d,e in (f,g),h,!i`. @throws StatusError 400 */
export function readLabelSelector(text: string): (labels: Labels) => boolean {
  const tests: ((labels: Labels) => boolean)[] = [];
  let rest = text;
  while (rest.trim() !== "") {
    const found = term.exec(rest);
    if (!found) throw badRequest(`unable to parse requirement: ${text}`);
    rest = rest.slice(found[0].length);
    const { absent, key = "", operator, value = "", set, values = "" } = found.groups ?? {};
    const list = values.split(",").map((item) => item.trim());
    if (absent !== undefined) tests.push((labels) => termMatches(absent, "DoesNotExist", [], labels));
    else if (set !== undefined) tests.push((labels) => termMatches(key, set === "in" ? "In" : "NotIn", list, labels));
    else if (operator === undefined) tests.push((labels) => termMatches(key, "Exists", [], labels));
    else tests.push((labels) => termMatches(key, operator === "!=" ? "NotIn" : "In", [value], labels));
  }
  return (labels) => tests.every((test) => test(labels));
}
