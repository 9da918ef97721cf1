import { Failure } from "../errors.ts";
import { formatTop } from "../format/format-value.ts";
import { printPipe } from "../print.ts";
import { describe, isDict, isInt, isTrue, itemOf, ownValue, sortedKeys, wordFor } from "../value.ts";
import { assign, declare, evalPipe } from "./eval.ts";
import type { Branch, Node, TemplateCall } from "../syntax/ast.ts";
import type { Value } from "../value.ts";
import type { Frame, State } from "./state.ts";

/** How a list of nodes ended: at its end, or at a jump that the loop around has to obey. */
type Ending = "done" | "break" | "continue";

/** Executes nodes with the dot at a value, appending to the output. */
export function walk(state: State, dot: Value, nodes: readonly Node[]): Ending {
  state.budget.enter();
  let ending: Ending = "done";
  for (const node of nodes) {
    ending = walkNode(state, dot, node);
    if (ending !== "done") break;
  }
  state.budget.leave();
  return ending;
}

function walkNode(state: State, dot: Value, node: Node): Ending {
  state.budget.step();
  state.pos = node.pos;
  switch (node.kind) {
    case "text":
      write(state, node.text);
      return "done";
    case "action": {
      const value = evalPipe(state, dot, node.pipe);
      if (node.pipe.declares.length > 0) return "done";
      state.pos = node.pipe.pos;
      const printed = formatTop(state, value);
      state.trace?.(printed, node.pos);
      write(state, printed);
      return "done";
    }
    case "break":
    case "continue":
      return node.kind;
    case "template":
      callTemplate(state, dot, node);
      return "done";
    case "if":
    case "with":
    case "range":
      return walkBranch(state, dot, node);
  }
}

function write(state: State, text: string): void {
  state.out += text;
  const limit = state.budget.limits.output;
  if (state.out.length > limit) throw new Failure("limit_output", `The output is longer than allowed (${limit} characters).`);
  state.budget.step(text.length / 256);
}

/** Variables declared within, or by the pipeline, are gone after it. */
function walkBranch(state: State, dot: Value, node: Branch): Ending {
  const scope = state.names.length;
  const { frame } = state;
  const ending = node.kind === "range" ? walkRange(state, dot, node) : walkChoice(state, dot, node);
  state.names.length = state.values.length = scope;
  state.frame = frame;
  return ending;
}

function walkChoice(state: State, dot: Value, node: Branch): Ending {
  const value = evalPipe(state, dot, node.pipe);
  if (!isTrue(value, state.budget)) return node.otherwise ? walk(state, dot, node.otherwise) : "done";
  if (node.kind === "if") return walk(state, dot, node.body);
  state.frame = { label: () => `with ${printPipe(node.pipe)}`, dot: value, up: state.frame };
  return walk(state, value, node.body);
}

function walkRange(state: State, dot: Value, node: Branch): Ending {
  const { pipe } = node;
  const value = evalPipe(state, dot, pipe.declares.length > 0 ? { ...pipe, declares: [] } : pipe);
  state.pos = pipe.pos;
  const scope = state.names.length;
  const outer = state.frame;
  let key: Value = null;
  const frame: Frame = {
    label: () => `range ${printPipe(pipe)}${key === null ? "" : `, item ${JSON.stringify(key)}`}`,
    dot: null,
    up: outer,
  };
  const visit = (itemKey: Value, item: Value): Ending => {
    state.budget.step();
    state.names.length = state.values.length = scope;
    key = itemKey;
    frame.dot = item;
    state.frame = frame;
    setLoopVariables(state, pipe.declares, pipe.assigns, itemKey, item);
    return walk(state, item, node.body);
  };
  const count = iterate(state, value, pipe.declares.length, visit);
  state.names.length = state.values.length = scope;
  state.frame = outer;
  return count === 0 && node.otherwise ? walk(state, dot, node.otherwise) : "done";
}

function setLoopVariables(state: State, names: readonly string[], assigns: boolean, key: Value, item: Value): void {
  const set = assigns ? assign : declare;
  const [first, second] = names;
  if (first === undefined) return;
  set(state, first, second === undefined ? item : key);
  if (second !== undefined) set(state, second, item);
}

/** Visits the items until one breaks. Returns how many there are, at most 1 where that is all the caller needs. */
function iterate(state: State, value: Value, variables: number, visit: (key: Value, item: Value) => Ending): number {
  if (value === null) return 0;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) if (visit(i, itemOf(value, i)) === "break") break;
    return value.length;
  }
  if (isDict(value)) {
    const keys = sortedKeys(value, state.budget);
    for (const key of keys) if (visit(key, ownValue(value, key) ?? null) === "break") break;
    return keys.length;
  }
  if (isInt(value)) {
    if (variables > 1) throw new Failure("wrong_type", "{{range}} over an integer sets only one variable.");
    const end = Number(value);
    for (let i = 0; i < end; i++) if (visit(i, i) === "break") break;
    return Math.max(0, end);
  }
  throw new Failure("wrong_type", `{{range}} goes over lists, maps and integers; this is ${wordFor(value)}.`);
}

function callTemplate(state: State, dot: Value, node: TemplateCall): void {
  const value = node.pipe ? evalPipe(state, dot, node.pipe) : null;
  const body = state.templates.get(node.name);
  if (!body) throw new Failure("unknown_template", `There is no template ${JSON.stringify(node.name)}.`);
  const { names, values, frame } = state;
  state.names = ["$"];
  state.values = [value];
  state.frame = { label: () => `template ${JSON.stringify(node.name)}`, dot: value, up: frame };
  walk(state, value, body);
  state.names = names;
  state.values = values;
  state.frame = frame;
}

/** The chain of frames in words, outermost first, at most the innermost ten. */
export function chainOf(frame: Frame | null): { expression: string; value: string }[] {
  const links: { expression: string; value: string }[] = [];
  for (let at = frame; at && links.length < 10; at = at.up) links.unshift({ expression: at.label(), value: describe(at.dot) });
  return links;
}
