import { trace } from "./references/trace.ts";
import type { Template } from "./template.ts";

/** A path into the data that a template uses. */
export type Reference = {
  /** The constant names from the root, such as `["nuon", "components", "db", "outputs", "url"]`; at least one. */
  path: string[];
  /** Whether the path goes on with a computed key, or with every key of a loop. */
  dynamic: boolean;
  /** Set where the template copes with the absence of the path, as with `dig`, `get` and `hasKey`. */
  optional?: true;
  /** 1-based, in the template's text. */
  line: number;
  column: number;
};

/**
 * Every path into the data that a template may use, in the order of the text: through variables, `with`, `range`, `index` with constant keys, pipelines
 * and calls of other templates, in all branches. Found without rendering, so nothing about the data is known; never throws.
 */
export function references(template: Template): Reference[] {
  const locate = locator(template.source);
  return trace(template.templates, template.tree.body).map(({ place, pos }) => ({
    path: [...place.path],
    dynamic: place.dynamic,
    ...(place.optional ? { optional: true as const } : {}),
    ...locate(pos),
  }));
}

/** Lines and columns of ascending offsets, each line break looked at once. */
function locator(source: string): (pos: number) => { line: number; column: number } {
  let line = 1;
  let start = 0;
  return (pos) => {
    for (let next = source.indexOf("\n", start); next !== -1 && next < pos; next = source.indexOf("\n", start)) {
      line++;
      start = next + 1;
    }
    return { line, column: pos - start + 1 };
  };
}
