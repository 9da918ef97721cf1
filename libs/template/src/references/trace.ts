import { call, followsLast } from "./call.ts";
import { element, keyOf, root, under, union, unknown, constant } from "./shape.ts";
import type { Branch, Command, Node, Operand, Pipe, TemplateCall } from "../syntax/ast.ts";
import type { Place, Shape } from "./shape.ts";

/** A place that the template uses, and where in the text. */
export type Use = { place: Place; pos: number };

type Scope = { name: string; shape: Shape }[];

type Trace = {
  templates: ReadonlyMap<string, readonly Node[]>;
  uses: Map<string, Use>;
  /** Calls followed so far, by name and argument. */
  calls: Set<string>;
  /** The names of the templates around. */
  stack: string[];
  loops: number;
  work: number;
};

/** How deep calls of templates are followed, recursive ones, loops twice; and how many operands are looked at. Hostile templates end here. */
const maxDepth = 20;
const maxRecursion = 3;
const maxLoops = 4;
const maxWork = 500_000;

/** Finds every place that nodes use, with the data as the dot. */
export function trace(templates: ReadonlyMap<string, readonly Node[]>, nodes: readonly Node[]): Use[] {
  const state: Trace = { templates, uses: new Map(), calls: new Set(), stack: [], loops: 0, work: 0 };
  walk(state, root, [{ name: "$", shape: root }], nodes);
  return [...state.uses.values()].toSorted((a, b) => a.pos - b.pos);
}

function use(state: Trace, shape: Shape, pos: number): void {
  state.work += 4 * shape.places.length;
  for (const place of shape.places) if (place.path.length > 0) state.uses.set(`${pos} ${keyOf(place)}`, { place, pos });
}

function walk(state: Trace, dot: Shape, scope: Scope, nodes: readonly Node[]): void {
  for (const node of nodes) {
    if (++state.work > maxWork) return;
    if (node.kind === "action") tracePipe(state, dot, scope, node.pipe);
    else if (node.kind === "template") traceTemplate(state, dot, scope, node);
    else if ("body" in node) traceBranch(state, dot, scope, node);
  }
}

function traceBranch(state: Trace, dot: Shape, scope: Scope, node: Branch): void {
  const outer = scope.length;
  const { pipe } = node;
  if (node.kind === "range") traceRange(state, dot, scope, node);
  else {
    const value = tracePipe(state, dot, scope, pipe);
    walk(state, node.kind === "with" ? value : dot, scope, node.body);
  }
  scope.length = outer;
  if (node.otherwise) walk(state, dot, scope, node.otherwise);
  scope.length = outer;
}

function traceRange(state: Trace, dot: Shape, scope: Scope, node: Branch): void {
  const { pipe } = node;
  const list = tracePipe(state, dot, scope, { ...pipe, declares: [] }, false);
  const item = element(list);
  use(state, item.places.length > 0 ? { ...item, places: item.places.filter((place) => place.dynamic) } : item, pipe.pos);
  const keys = list.fields && list.places.length === 0 && !list.open ? union([...list.fields.keys()].map(constant)) : unknown;
  const [first, second] = pipe.declares;
  const inner = scope.length;
  // What a round assigns is seen by the next one.
  const rounds = state.loops < maxLoops ? 2 : 1;
  state.loops++;
  for (let round = 0; round < rounds; round++) {
    if (first !== undefined) bind(state, scope, first, second === undefined ? item : keys, pipe.assigns);
    if (second !== undefined) bind(state, scope, second, item, pipe.assigns);
    walk(state, item, scope, node.body);
    scope.length = inner;
  }
  state.loops--;
}

function traceTemplate(state: Trace, dot: Shape, scope: Scope, node: TemplateCall): void {
  const value = node.pipe ? tracePipe(state, dot, scope, node.pipe) : unknown;
  const body = state.templates.get(node.name);
  const recursion = state.stack.filter((name) => name === node.name).length;
  if (!body || state.stack.length >= maxDepth || recursion >= maxRecursion) return;
  const key = `${node.name} ${describe(value)}`;
  if (state.calls.has(key)) return;
  state.work += value.size;
  state.calls.add(key);
  state.stack.push(node.name);
  walk(state, value, [{ name: "$", shape: value }], body);
  state.stack.pop();
}

function describe(shape: Shape): string {
  return JSON.stringify(shape, (_, value: unknown) => (value instanceof Map ? [...value.entries()] : value));
}

function bind(state: Trace, scope: Scope, name: string, shape: Shape, assigns: boolean): void {
  const known = assigns ? scope.findLast((variable) => variable.name === name) : undefined;
  // Whether the assignment happens is not known, so the value before stays possible.
  if (known) known.shape = union([known.shape, shape]);
  else scope.push({ name, shape });
  state.work += shape.size + 4 * shape.places.length;
}

/** `records` is false where whoever asks goes on from the value and records where that leads. */
function tracePipe(state: Trace, dot: Shape, scope: Scope, pipe: Pipe, records = true): Shape {
  let value: Shape | undefined;
  for (const [index, command] of pipe.commands.entries()) {
    const next = pipe.commands[index + 1];
    const last = next === undefined ? records : !followsLast(next);
    value = traceCommand(state, dot, scope, command, value, last);
  }
  const result = value ?? unknown;
  const [name] = pipe.declares;
  if (name !== undefined) bind(state, scope, name, result, pipe.assigns);
  return result;
}

function traceCommand(state: Trace, dot: Shape, scope: Scope, command: Command, piped: Shape | undefined, records: boolean): Shape {
  const [first, ...operands] = command.args;
  if (first.kind !== "function") return traceOperand(state, dot, scope, first, records);
  const { result, follows } = call(first.name, operands, piped, (operand, recorded) => traceOperand(state, dot, scope, operand, recorded));
  if (follows && records) use(state, result, operands.find(({ kind }) => kind !== "string" && kind !== "number")?.pos ?? first.pos);
  return result;
}

function traceOperand(state: Trace, dot: Shape, scope: Scope, operand: Operand, records: boolean): Shape {
  if (++state.work > maxWork) return unknown;
  switch (operand.kind) {
    case "dot":
      return dot;
    case "string":
      return constant(operand.value);
    case "field":
    case "variable": {
      const base = operand.kind === "field" ? dot : (scope.findLast(({ name }) => name === operand.name)?.shape ?? unknown);
      return follow(state, base, operand, records);
    }
    case "chain":
      return follow(state, traceOperand(state, dot, scope, operand.base, false), operand, records);
    case "pipe":
      return tracePipe(state, dot, scope, operand, records);
    case "function":
      return call(operand.name, [], undefined, () => unknown).result;
    case "bool":
    case "nil":
    case "number":
      return unknown;
  }
}

/** A variable or dot by itself is no new use: what it was set to has been recorded. */
function follow(state: Trace, base: Shape, node: { pos: number; path: readonly string[] }, records: boolean): Shape {
  if (node.path.length === 0) return base;
  const result = node.path.reduce(under, base);
  if (records) use(state, result, node.pos);
  return result;
}
