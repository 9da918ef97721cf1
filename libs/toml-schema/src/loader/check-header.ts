import type { Kind, Report } from "../kinds/kind.ts";
import { kindByType } from "../schema/kind-by-type.ts";
import type { Document } from "../source/document.ts";

/** Editors pick a schema by the first lines: `# <kind>`, or `#:schema …?type=<kind>`. A wrong one gives wrong help, so it is worth a warning. */
export function checkHeader(doc: Document, kind: Kind, report: Report): void {
  const [first = "", second = ""] = doc.text.split("\n", 2);
  const comment = /^#\s*([A-Za-z_-]+)\s*$/.exec(first)?.[1];
  const address = [first, second]
    .map((line) => /^#:schema\s.*[?&](?:type|source)=([A-Za-z_-]+)/.exec(line)?.[1])
    .find((found) => found !== undefined);
  for (const written of [comment, address]) {
    const named = written === undefined ? undefined : kindByType(written);
    if (!named || named.type === kind.type) continue;
    report([], {
      severity: "warning",
      code: "wrong_header",
      message: `The first lines say "${written}", but this file is of the kind "${kind.type}": editors show the wrong help`,
      fix: `write # ${kind.type}`,
    });
  }
}
