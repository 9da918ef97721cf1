/** A version as numbers; a pre-release sorts before its release. */
export type Version = { numbers: [number, number, number]; pre: string };

type Operator = "=" | "!=" | ">" | ">=" | "<" | "<=" | "~>";

const versionPattern = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/;

/** Reads `1.11.4`, `v1.11` or `1.12.0-rc1`; undefined for anything else. */
export function parseVersion(text: string): Version | undefined {
  const match = versionPattern.exec(text.trim());
  if (!match) return undefined;
  return { numbers: [Number(match[1]), Number(match[2] ?? 0), Number(match[3] ?? 0)], pre: match[4] ?? "" };
}

/** Negative, zero or positive, as for sorting. */
export function compareVersions(a: Version, b: Version): number {
  for (const [index, number] of a.numbers.entries()) {
    const difference = number - (b.numbers[index] ?? 0);
    if (difference !== 0) return difference;
  }
  if (a.pre === b.pre) return 0;
  if (a.pre === "") return 1;
  if (b.pre === "") return -1;
  return a.pre.localeCompare(b.pre, "en", { numeric: true });
}

/** A test of versions, and the one version it asks for where it names exactly one. */
export type Constraint = { matches: (version: Version) => boolean; exact: string | undefined };

/**
 * Reads what a vendor asks for: a version, or a list of conditions as Terraform writes them (`~> 1.11, != 1.11.2`). Empty, `*` and `latest` mean any
 * release. A pre-release matches only where it is named exactly.
 * @returns undefined where it cannot be read
 */
export function parseConstraint(text: string): Constraint | undefined {
  const trimmed = text.trim();
  if (trimmed === "" || trimmed === "*" || trimmed === "latest") return { matches: (version) => version.pre === "", exact: undefined };
  const tests: ((version: Version) => boolean)[] = [];
  let exact: string | undefined;
  for (const part of trimmed.split(",")) {
    const match = /^\s*(=|!=|>=|<=|>|<|~>)?\s*(\S+)\s*$/.exec(part);
    const wanted = match?.[2] === undefined ? undefined : parseVersion(match[2]);
    if (!match || !wanted) return undefined;
    const operator = (match[1] ?? "=") as Operator;
    const parts = (match[2] ?? "").split("-")[0]?.split(".").length ?? 3;
    if (operator === "=" && parts === 3) exact = formatVersion(wanted);
    tests.push((version) => holds(operator, version, wanted, parts));
  }
  return { matches: (version) => (version.pre === "" || exact === formatVersion(version)) && tests.every((test) => test(version)), exact };
}

/** `1.11.4` or `1.12.0-rc1`. */
export function formatVersion(version: Version): string {
  return version.numbers.join(".") + (version.pre === "" ? "" : `-${version.pre}`);
}

function holds(operator: Operator, version: Version, wanted: Version, parts: number): boolean {
  const order = compareVersions(version, wanted);
  switch (operator) {
    case "=":
      return order === 0;
    case "!=":
      return order !== 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case "~>": {
      // Only the last part that is written may grow.
      const fixed = Math.max(1, parts - 1);
      return order >= 0 && version.numbers.slice(0, fixed).every((number, index) => number === wanted.numbers[index]);
    }
  }
}
