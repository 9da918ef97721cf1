import { randomBytes, randomInt } from "node:crypto";
import { Failure } from "../errors.ts";
import { fn } from "./define.ts";
import type { Call, FunctionTable } from "./define.ts";

const digits = "0123456789";
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const printable = String.fromCharCode(...Array.from({ length: 95 }, (_, index) => 32 + index));

/** Reserves as much work as drawing takes. @throws Failure for a negative count */
function draw(call: Call, count: number): void {
  if (count < 0) throw new Failure("out_of_range", "The number of random characters cannot be negative.");
  call.budget.reserve(count);
  call.budget.step(count);
}

function pick(call: Call, count: number, alphabet: string): string {
  draw(call, count);
  let out = "";
  for (let i = 0; i < count; i++) out += alphabet[randomInt(alphabet.length)];
  return out;
}

function shuffle(call: Call, text: string): string {
  const chars = Array.from(text);
  draw(call, chars.length);
  for (let i = chars.length - 1; i > 0; i--) {
    const j = randomInt(i + 1);
    [chars[i], chars[j]] = [chars[j] ?? "", chars[i] ?? ""];
  }
  return chars.join("");
}

/** All draw from the system's secure source. */
export const randomFunctions: FunctionTable = {
  randAlphaNum: fn(["int"], (call, count) => pick(call, count, letters + digits)),
  randAlpha: fn(["int"], (call, count) => pick(call, count, letters)),
  randNumeric: fn(["int"], (call, count) => pick(call, count, digits)),
  randAscii: fn(["int"], (call, count) => pick(call, count, printable)),
  randBytes: fn(["int"], (call, count) => {
    draw(call, count);
    return randomBytes(count).toString("base64");
  }),
  randInt: fn(["int", "int"], (_, min, max) => {
    if (max <= min || max - min >= 2 ** 48)
      throw new Failure("out_of_range", "randInt needs a maximum above its minimum, by less than 2^48.");
    return randomInt(min, max);
  }),
  shuffle: fn(["string"], shuffle),
};
