import { TemplateError } from "@berth/template/errors";
import { compile, render } from "@berth/template/template";
import { isTemplate } from "@berth/toml-schema/references/is-template";

/** A README as people read it, and what was missing in it. */
export type Readme = { markdown: string; missing: string[] };

/** A README with more gaps than this is not worth filling one by one. */
const mostGaps = 200;

/**
 * Renders a README over what may be shown of an install's state. A value that is not there (yet), or is kept secret, becomes a visible mark; a condition on one counts as
 * false. A text that is no template stays as it is.
 */
export function renderReadme(input: {
  text: string;
  tree: Record<string, unknown>;
  /** The tree with marks in the place of what is kept secret: it tells that from what is not there. */
  marked?: Record<string, unknown>;
  now: Date;
  runbookInputs?: Record<string, unknown>;
}): Readme {
  const over = (tree: Record<string, unknown>) => ({
    nuon: tree,
    berth: tree,
    ...(input.runbookInputs === undefined ? {} : { runbook_inputs: input.runbookInputs }),
  });
  const data = over(input.tree);
  const isKept = (expression: string): boolean => input.marked !== undefined && renders(`{{ ${expression} }}`, over(input.marked));
  const missing: string[] = [];
  let { text } = input;
  if (!isTemplate(text)) return { markdown: text, missing };
  for (;;) {
    try {
      return { markdown: render(compile(text), data, { now: input.now }), missing: [...new Set(missing)] };
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      const gap = missing.length < mostGaps ? gapAt(text, error, isKept) : undefined;
      if (!gap)
        return {
          markdown: `${input.text}\n\n> This README could not be rendered: ${error.message}\n`,
          missing: [...missing, error.message],
        };
      missing.push(gap.expression);
      text = text.slice(0, gap.from) + gap.instead + text.slice(gap.to);
    }
  }
}

/** The action of a template that could not be rendered, and what to put in its place. */
function gapAt(
  text: string,
  error: TemplateError,
  isKept: (expression: string) => boolean,
): { from: number; to: number; expression: string; instead: string } | undefined {
  const at = offsetOf(text, error.line, error.column);
  const from = text.lastIndexOf("{{", at + 1);
  const to = text.indexOf("}}", Math.max(at, from)) + 2;
  if (from < 0 || to < 2 || to <= from) return undefined;
  const inside = text
    .slice(from + 2, to - 2)
    .replaceAll(/^-\s|\s-$/g, "")
    .trim();
  const control = /^(else\s+if|else\s+with|if|with|range)\b/.exec(inside)?.[1];
  if (control !== undefined) {
    if (/\bfalse$/.test(inside)) return undefined;
    const word = control.startsWith("else") ? "else if" : "if";
    return { from, to, expression: inside, instead: `{{ ${word} false }}` };
  }
  if (/^(end|else|define|template|block)\b/.test(inside)) return undefined;
  const mark = `⟨${inside.replaceAll(/[{}`"⟨⟩]/g, "")}: ${isKept(inside) ? "sensitive" : "not known"}⟩`;
  return { from, to, expression: inside, instead: mark };
}

function renders(text: string, data: unknown): boolean {
  try {
    render(compile(text), data, { now: new Date(0) });
    return true;
  } catch {
    return false;
  }
}

function offsetOf(text: string, line: number, column: number): number {
  const lines = text.split("\n");
  return lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0) + column - 1;
}
