import { Failure, TemplateError } from "./errors.ts";
import { chainOf, walk } from "./exec/walk.ts";
import { check } from "./check.ts";
import { Budget, defaultLimits, maxSourceLength } from "./limits.ts";
import { parse } from "./syntax/parse.ts";
import { errorAt, lineAndColumn } from "./syntax/position.ts";
import { copyData } from "./copy-data.ts";
import type { State } from "./exec/state.ts";
import type { Limits } from "./limits.ts";
import type { Node, Tree } from "./syntax/ast.ts";
import type { Value } from "./value.ts";

export type { Limits };

/** A compiled template: immutable, may be rendered any number of times. */
export type Template = {
  readonly name: string;
  readonly source: string;
  readonly tree: Tree;
  /** What `{{template "x"}}` can call: the definitions and the template itself. */
  readonly templates: ReadonlyMap<string, readonly Node[]>;
  /** Whether a function it calls changes maps, so that data must be copied before. */
  readonly mutates: boolean;
};

/** Whether a text holds an action, so that it has to be rendered. */
export function isTemplated(text: string): boolean {
  return text.includes("{{");
}

/**
 * Compiles a text. Functions and templates it uses must exist. By `name` (default "template") it can call itself.
 * @throws TemplateError
 */
export function compile(text: string, options: { name?: string } = {}): Template {
  if (text.length > maxSourceLength)
    throw errorAt(text, 0, `The text is longer than allowed (${maxSourceLength} characters).`, "limit_source");
  const name = options.name ?? "template";
  const tree = parse(text);
  const templates = new Map([[name, tree.body], ...tree.definitions]);
  const { mutates } = check(text, tree, templates);
  return { name, source: text, tree, templates, mutates };
}

/**
 * Renders a template with data (JSON-like, never changed) as the dot. Nothing is escaped. `now` (default: the current time) is what `now` gives.
 * `trace` is told what each action prints, in order, with the place of the action in the text.
 * @throws TemplateError and nothing else
 */
export function render(
  template: Template,
  data: unknown,
  options: { limits?: Partial<Limits>; now?: Date; trace?: (printed: string, pos: number) => void } = {},
): string {
  const state: State = {
    budget: new Budget({ ...defaultLimits, ...options.limits }),
    now: options.now ?? new Date(),
    patterns: new Map(),
    templates: template.templates,
    out: "",
    names: ["$"],
    values: [null],
    frame: null,
    trace: options.trace,
    pos: 0,
  };
  try {
    const dot = template.mutates ? copyData(state.budget, data) : ((data ?? null) as Value);
    state.values[0] = dot;
    walk(state, dot, template.tree.body);
    return state.out;
  } catch (error) {
    throw located(template, state, error);
  }
}

function located(template: Template, state: State, error: unknown): TemplateError {
  const at = lineAndColumn(template.source, state.pos);
  if (error instanceof Failure)
    return new TemplateError(error.code, error.message, at, { chain: [...chainOf(state.frame), ...error.chain] });
  // The JavaScript stack is smaller than the depth limit where the caller is deep itself.
  if (error instanceof RangeError && /call stack/i.test(error.message)) {
    return new TemplateError("limit_depth", "The template nests or recurses too deep.", at, { chain: chainOf(state.frame) });
  }
  return new TemplateError("internal", "The template could not be rendered because of a fault in the template engine.", at, {
    cause: error,
  });
}
