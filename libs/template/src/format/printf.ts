import { formatValue } from "./format-value.ts";
import { formatVerb } from "./format-verb.ts";
import { isInt, typeOf } from "../value.ts";
import type { Budget } from "../limits.ts";
import type { Value } from "../value.ts";

/** What stands between % and the verb. A width or precision of -1 is none. */
export type Flags = { plus: boolean; minus: boolean; sharp: boolean; space: boolean; zero: boolean; width: number; precision: number };

const directive = /%([+\-# 0]*)(\[[^\]]*\])?(\*|\d*)(?:(\.)(\[[^\]]*\])?(\*|\d*))?(\[[^\]]*\])?/y;
const largest = 1_000_000;

/** Go's `fmt.Sprintf`: mistakes do not fail but show in the text, such as `%!d(string=hi)`. @throws Failure of limits only */
export function printf(call: { budget: Budget }, format: string, args: readonly Value[]): string {
  let out = "";
  let next = 0;
  let reordered = false;
  let pos = 0;

  /** Moves to the argument that `[n]` names; false where there is none. */
  const select = (index: string | undefined): boolean => {
    if (index === undefined) return true;
    reordered = true;
    const chosen = Number(/^\[(\d+)\]$/.exec(index)?.[1] ?? 0);
    if (chosen < 1 || chosen > args.length) return false;
    next = chosen - 1;
    return true;
  };
  const star = (): number | undefined => {
    const value = args[next];
    if (next < args.length) next++;
    return isInt(value) && Math.abs(Number(value)) <= largest ? Number(value) : undefined;
  };

  for (;;) {
    const percent = format.indexOf("%", pos);
    out += format.slice(pos, percent === -1 ? undefined : percent);
    if (percent === -1) break;
    call.budget.step();
    directive.lastIndex = percent;
    const match = directive.exec(format);
    const [all = "%", marks = "", widthIndex, width = "", point, precisionIndex, precision = "", verbIndex] = match ?? [];
    const flags: Flags = {
      plus: marks.includes("+"),
      minus: marks.includes("-"),
      sharp: marks.includes("#"),
      space: marks.includes(" "),
      zero: marks.includes("0") && !marks.includes("-"),
      width: -1,
      precision: -1,
    };
    let good = select(widthIndex);
    if (width === "*") {
      const value = star();
      if (value === undefined) out += "%!(BADWIDTH)";
      else {
        flags.width = Math.abs(value);
        if (value < 0) [flags.minus, flags.zero] = [true, false];
      }
    } else if (width !== "" && Number(width) <= largest) flags.width = Number(width);
    if (point !== undefined) {
      good = select(precisionIndex) && good;
      if (precision === "*") {
        const value = star();
        if (value === undefined || value < 0) out += "%!(BADPREC)";
        else flags.precision = value;
      } else flags.precision = precision !== "" && Number(precision) > largest ? -1 : Number(precision);
    }
    good = select(verbIndex) && good;
    pos = percent + all.length;
    if (pos >= format.length) {
      out += "%!(NOVERB)";
      break;
    }
    const verb = String.fromCodePoint(format.codePointAt(pos) ?? 0);
    pos += verb.length;
    if (verb === "%") out += "%";
    else if (!good) out += `%!${verb}(BADINDEX)`;
    else if (next >= args.length) out += `%!${verb}(MISSING)`;
    else {
      const text = formatVerb(call, flags, verb, args[next++] ?? null);
      call.budget.reserve(text.length);
      out += text;
    }
  }
  if (!reordered && next < args.length) {
    out += `%!(EXTRA ${args
      .slice(next)
      .map((value) => (value === null ? "<nil>" : `${typeOf(value)}=${formatValue(call, value)}`))
      .join(", ")})`;
  }
  return out;
}
