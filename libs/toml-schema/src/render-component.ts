import { TemplateError } from "@berth/template/errors";
import { compile, render } from "@berth/template/template";
import type { Component } from "./config/components.ts";
import { isTemplate } from "./references/is-template.ts";
import type { Path } from "./source/position.ts";

/** A text that could not be rendered, and where it stands in the component: `["vars", "region"]`. */
export type RenderProblem = { path: Path; error: TemplateError };

/** What is never rendered: names and derived parts. */
const plain = new Set(["file", "name", "varName", "type", "references", "dependencies"]);

/**
 * A component with its templates rendered over the state of one install, and all that could not be rendered; such a text stays as it was written.
 * @param input.state what `.nuon` and its alias `.berth` are
 */
export function renderComponent<T extends Component>(input: {
  component: T;
  state: Readonly<Record<string, unknown>>;
  now: Date;
}): { component: T; problems: RenderProblem[] } {
  const data = { nuon: input.state, berth: input.state };
  const problems: RenderProblem[] = [];

  function text(value: string, path: Path): string {
    if (!isTemplate(value)) return value;
    try {
      return render(compile(value), data, { now: input.now });
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      problems.push({ path, error });
      return value;
    }
  }
  function below(value: unknown, path: Path): unknown {
    if (typeof value === "string") return text(value, path);
    if (Array.isArray(value)) return value.map((item, index) => below(item, [...path, index]));
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value).map(([key, member]) => {
      const kept = path.length === 0 && plain.has(key);
      return [key, kept ? member : below(member, [...path, key])] as const;
    });
    return Object.fromEntries(entries);
  }
  return { component: below(input.component, []) as T, problems };
}
