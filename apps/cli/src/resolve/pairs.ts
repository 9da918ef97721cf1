import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { InvalidInput } from "../invalid-input.ts";

/**
 * `name=value` texts as an object. `name=@file` takes the file's text (for secrets and long values), `name=@@x` the text `@x`.
 * @throws InvalidInput for a text without `=`, a name given twice, or a file that cannot be read
 */
export function parsePairs(texts: readonly string[], cwd: string): Record<string, string> {
  const pairs: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const text of texts) {
    const at = text.indexOf("=");
    if (at < 1) throw new InvalidInput(`"${text}" is not of the form name=value`);
    const name = text.slice(0, at);
    if (name in pairs) throw new InvalidInput(`"${name}" is given twice`);
    pairs[name] = valueOf(name, text.slice(at + 1), cwd);
  }
  return { ...pairs };
}

function valueOf(name: string, text: string, cwd: string): string {
  if (!text.startsWith("@")) return text;
  if (text.startsWith("@@")) return text.slice(1);
  try {
    // An editor's last line break is not part of a value.
    return readFileSync(resolve(cwd, text.slice(1)), "utf8").replace(/\r?\n$/, "");
  } catch (error) {
    throw new InvalidInput(`The value of "${name}" cannot be read from ${text.slice(1)}: ${(error as Error).message}`);
  }
}
