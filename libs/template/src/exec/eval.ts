import { Failure } from "../errors.ts";
import { printOperand } from "../print.ts";
import { convert } from "../functions/define.ts";
import { lookup } from "../functions/table.ts";
import { isTrue } from "../value.ts";
import { follow } from "./field.ts";
import type { TemplateFunction } from "../functions/define.ts";
import type { Command, Operand, Pipe } from "../syntax/ast.ts";
import type { Value } from "../value.ts";
import type { State } from "./state.ts";

/** The value of a pipeline. Variables it declares are set to it; a loop's are not, the loop does that itself. */
export function evalPipe(state: State, dot: Value, pipe: Pipe): Value {
  state.budget.enter();
  let value: Value | undefined;
  for (const command of pipe.commands) value = evalCommand(state, dot, command, value);
  state.budget.leave();
  const result = value ?? null;
  const [name] = pipe.declares;
  if (name !== undefined) {
    if (pipe.assigns) assign(state, name, result);
    else declare(state, name, result);
  }
  return result;
}

export function declare(state: State, name: string, value: Value): void {
  state.names.push(name);
  state.values.push(value);
}

/** Sets the innermost variable of this name. */
export function assign(state: State, name: string, value: Value): void {
  state.values[state.names.lastIndexOf(name)] = value;
}

/** `piped` is the value of the stage before, undefined in the first one. */
function evalCommand(state: State, dot: Value, command: Command, piped: Value | undefined): Value {
  state.budget.step();
  const [first] = command.args;
  if (first.kind === "function") return callFunction(state, dot, { name: first.name, pos: first.pos, command, piped });
  if (command.args.length === 1 && piped === undefined) {
    if (first.kind === "nil") {
      state.pos = first.pos;
      throw new Failure("wrong_type", "nil is not a command: it can only be an argument.");
    }
    return evalOperand(state, dot, first);
  }
  state.pos = first.pos;
  const received = piped === undefined ? "arguments" : "the value piped to it";
  throw new Failure("wrong_arguments", `${printOperand(first)} is not a function, so it cannot take ${received}.`);
}

/** The value of one operand. */
export function evalOperand(state: State, dot: Value, operand: Operand): Value {
  state.budget.step();
  switch (operand.kind) {
    case "dot":
      return dot;
    case "nil":
      return null;
    case "bool":
    case "number":
    case "string":
      return operand.value;
    case "field":
      return follow(state, dot, operand, () => "");
    case "variable": {
      const value = state.values[state.names.lastIndexOf(operand.name)] ?? null;
      return operand.path.length === 0 ? value : follow(state, value, operand, () => operand.name);
    }
    case "function":
      return callFunction(state, dot, { name: operand.name, pos: operand.pos, command: null, piped: undefined });
    case "chain": {
      const base = evalOperand(state, dot, operand.base);
      return follow(state, base, operand, () => printOperand(operand.base));
    }
    case "pipe":
      return evalPipe(state, dot, operand);
  }
}

type FunctionCall = { name: string; pos: number; command: Command | null; piped: Value | undefined };

function callFunction(state: State, dot: Value, call: FunctionCall): Value {
  const definition = lookup(call.name);
  if (!definition) throw new Failure("unknown_function", `There is no function ${call.name}.`);
  if (call.name === "and" || call.name === "or") return shortCircuit(state, dot, call);
  const args: Value[] = [];
  const operands = call.command?.args ?? [];
  for (let i = 1; i < operands.length; i++) {
    const operand = operands[i];
    if (operand) args.push(evalOperand(state, dot, operand));
  }
  if (call.piped !== undefined) args.push(call.piped);
  state.pos = call.pos;
  checkCount(call.name, definition, args.length);
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (typeof arg === "string") state.budget.step(arg.length / 64);
    const param = definition.params[i] ?? definition.rest;
    if (param !== undefined && param !== "any") args[i] = convert(arg ?? null, param, () => `Argument ${i + 1} of ${call.name}`);
  }
  const result = definition.run(state, args);
  if (typeof result === "string") state.budget.reserve(result.length);
  else if (Array.isArray(result)) {
    state.budget.reserve(result.length);
    state.budget.step(result.length / 8);
  }
  return result;
}

function checkCount(name: string, definition: TemplateFunction, count: number): void {
  const wanted = definition.params.length;
  if (definition.rest === undefined ? count === wanted : count >= wanted) return;
  const atLeast = definition.rest === undefined ? "" : "at least ";
  throw new Failure("wrong_arguments", `${name} takes ${atLeast}${wanted} ${wanted === 1 ? "argument" : "arguments"}, not ${count}.`);
}

/** `and` and `or` stop at the first argument that decides, as the only functions. */
function shortCircuit(state: State, dot: Value, call: FunctionCall): Value {
  const operands = call.command?.args.slice(1) ?? [];
  const stopsAt = call.name === "or";
  let value: Value | undefined;
  for (const operand of operands) {
    value = evalOperand(state, dot, operand);
    if (isTrue(value, state.budget) === stopsAt) return value;
  }
  if (call.piped !== undefined) value = call.piped;
  if (value === undefined) throw new Failure("wrong_arguments", `${call.name} takes at least 1 argument, not 0.`);
  return value;
}
