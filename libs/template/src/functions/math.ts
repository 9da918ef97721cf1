import { Failure } from "../errors.ts";
import { add, decimalOf, divide, multiply, numberFrom, subtract } from "./decimal.ts";
import { fn, variadic } from "./define.ts";
import { float, int, toFloat, toInt } from "./to-number.ts";
import type { Decimal } from "./decimal.ts";
import type { Call, FunctionTable } from "./define.ts";
import type { Value } from "../value.ts";

function quotient(a: Value, b: Value, operate: (a: bigint, b: bigint) => bigint): Value {
  const divisor = toInt(b);
  if (divisor === 0n) throw new Failure("invalid_value", "Division by zero.");
  return int(operate(toInt(a), divisor));
}

/** Folds in decimal. The more digits an intermediate result may have gathered, the more the next operation costs. */
function fold(call: Call, start: Decimal, values: Value[], operate: (a: Decimal, b: Decimal) => Decimal): Value {
  let result = start;
  for (const [index, value] of values.entries()) {
    call.budget.step(1 + index);
    result = operate(result, decimalOf(toFloat(value)));
  }
  return float(numberFrom(result));
}

/** The integers from `start` up or down to before `stop`; none if the step leads away. */
function untilStep(call: Call, start: number, stop: number, step: number): number[] {
  const count = (stop < start ? step < 0 : step > 0) ? Math.ceil((stop - start) / step) : 0;
  call.budget.reserve(count);
  return Array.from({ length: count }, (_, index) => start + index * step);
}

/** `seq 3`, `seq 2 5` or `seq 1 2 9` (start, step, end), both ends included, like the shell command. */
function seq(call: Call, params: number[]): string {
  const [first = 0, second = 0, third = 0] = params;
  if (params.length < 1 || params.length > 3) return "";
  const start = params.length === 1 ? 1 : first;
  const end = params.length === 1 ? first : params.length === 2 ? second : third;
  const direction = end < start ? -1 : 1;
  const step = params.length === 3 ? second : direction;
  const numbers = untilStep(call, start, end + direction, step);
  call.budget.reserve(numbers.length * 20);
  return numbers.join(" ");
}

/** Rounds up from `roundOn`, by default a half, after the given number of places. */
function round(value: number, places: number, roundOn = 0.5): number {
  const power = 10 ** places;
  const scaled = power * value;
  return (scaled - Math.trunc(scaled) >= roundOn ? Math.ceil(scaled) : Math.floor(scaled)) / power;
}

function extreme(values: Value[], better: (a: bigint, b: bigint) => boolean): Value {
  const [first = 0n, ...rest] = values.map(toInt);
  return int(rest.reduce((best, value) => (better(value, best) ? value : best), first));
}

const max = variadic(["any"], "any", (_, [first], rest) => extreme([first, ...rest], (a, b) => a > b));

/** Integers are 64 bits wide and wrap, as in Go; what is no number is converted, see `toInt` and `toFloat`. */
export const mathFunctions: FunctionTable = {
  add: variadic([], "any", (_, __, values) => int(values.reduce<bigint>((sum, value) => BigInt.asIntN(64, sum + toInt(value)), 0n))),
  add1: fn(["any"], (_, value) => int(toInt(value) + 1n)),
  sub: fn(["any", "any"], (_, a, b) => int(toInt(a) - toInt(b))),
  mul: variadic(["any"], "any", (_, [first], rest) =>
    int(rest.reduce<bigint>((product, value) => BigInt.asIntN(64, product * toInt(value)), toInt(first))),
  ),
  div: fn(["any", "any"], (_, a, b) => quotient(a, b, (x, y) => x / y)),
  mod: fn(["any", "any"], (_, a, b) => quotient(a, b, (x, y) => x % y)),
  max,
  biggest: max,
  min: variadic(["any"], "any", (_, [first], rest) => extreme([first, ...rest], (a, b) => a < b)),
  add1f: fn(["any"], (call, value) => fold(call, decimalOf(toFloat(value)), [1], add)),
  addf: variadic([], "any", (call, _, values) => fold(call, decimalOf(0), values, add)),
  subf: variadic(["any"], "any", (call, [first], rest) => fold(call, decimalOf(toFloat(first)), rest, subtract)),
  mulf: variadic(["any"], "any", (call, [first], rest) => fold(call, decimalOf(toFloat(first)), rest, multiply)),
  divf: variadic(["any"], "any", (call, [first], rest) => fold(call, decimalOf(toFloat(first)), rest, divide)),
  maxf: variadic(["any"], "any", (_, [first], rest) => float(Math.max(toFloat(first), ...rest.map(toFloat)))),
  minf: variadic(["any"], "any", (_, [first], rest) => float(Math.min(toFloat(first), ...rest.map(toFloat)))),
  ceil: fn(["any"], (_, value) => float(Math.ceil(toFloat(value)))),
  floor: fn(["any"], (_, value) => float(Math.floor(toFloat(value)))),
  round: variadic(["any", "int"], "float", (_, [value, places], [roundOn]) => float(round(toFloat(value), places, roundOn))),
  until: fn(["int"], (call, count) => untilStep(call, 0, count, count < 0 ? -1 : 1)),
  untilStep: fn(["int", "int", "int"], untilStep),
  seq: variadic([], "int", (call, _, params) => seq(call, params)),
};
