import { InvalidInput } from "../invalid-input.ts";

/** The value of an option that has only some. @throws InvalidInput naming them */
export function oneOf<T extends string>(option: string, value: string, known: readonly T[]): T {
  const found = known.find((each) => each === value);
  if (found === undefined) throw new InvalidInput(`${option} is one of ${known.join(", ")}, not "${value}"`);
  return found;
}
