import { at, constant, element, listOf, mapOf, optional, union, unknown } from "./shape.ts";
import type { Command, Operand } from "../syntax/ast.ts";
import type { Shape } from "./shape.ts";

/** Functions that give one of their arguments, or a collection of the same items. */
const transparent: ReadonlySet<string> = new Set(
  (
    "and or default coalesce ternary deepCopy merge mergeOverwrite pick omit set unset concat append push prepend " +
    "rest initial reverse uniq compact without slice"
  )
    .split(" ")
    .flatMap((name) => [name, `must${name.charAt(0).toUpperCase()}${name.slice(1)}`]),
);

/** Whether the command goes on from the value that is piped to it, which is its last argument. */
export function followsLast(command: Command): boolean {
  const [first] = command.args;
  return first.kind === "function" && first.name === "dig";
}

type Traced = {
  result: Shape;
  /** Whether the result is reached from an argument by keys, so that it is a use of its own. */
  follows: boolean;
};

/** What a function gives. Arguments are traced by `trace`, which records their use unless the function goes on from them. */
export function call(
  name: string,
  operands: readonly Operand[],
  piped: Shape | undefined,
  trace: (operand: Operand, records: boolean) => Shape,
): Traced {
  const count = operands.length + (piped ? 1 : 0);
  const base = baseOf(name, count);
  const args = operands.map((operand, index) => trace(operand, index !== base));
  if (piped) args.push(piped);
  if (base !== undefined) return { result: follow(name, args, base), follows: true };
  return { result: make(name, args), follows: false };
}

/** Which argument the function goes on from. */
function baseOf(name: string, count: number): number | undefined {
  if (count < 2) return undefined;
  if (name === "index" || name === "get" || name === "hasKey") return 0;
  return name === "dig" && count >= 3 ? count - 1 : undefined;
}

function follow(name: string, args: readonly Shape[], base: number): Shape {
  const start = args[base] ?? unknown;
  if (name === "index") return args.slice(1).reduce(at, start);
  if (name !== "dig") return optional(at(start, args[1] ?? unknown));
  const found = optional(args.slice(0, -2).reduce(at, start));
  return union([found, { ...(args.at(-2) ?? unknown), places: [] }]);
}

function make(name: string, args: readonly Shape[]): Shape {
  if (transparent.has(name)) return union([...args, unknown]);
  if (name === "list" || name === "tuple") return listOf(args);
  if (name === "dict") return makeMap(args);
  if (name === "values" || name === "first" || name === "last") {
    const items = element(args[0] ?? unknown);
    return name === "values" ? listOf([items]) : items;
  }
  return unknown;
}

function makeMap(args: readonly Shape[]): Shape {
  const fields = new Map<string, Shape>();
  for (let i = 0; i < args.length; i += 2) {
    const [key] = args[i]?.strings ?? [];
    if (key === undefined || args[i]?.open) return unknown;
    fields.set(key, args[i + 1] ?? constant(""));
  }
  return mapOf(fields);
}
