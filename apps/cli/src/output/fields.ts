/** `name  value` lines under each other, values aligned; undefined ones are left out. */
export function renderFields(
  fields: readonly (readonly [name: string, value: string | undefined])[],
  dim: (text: string) => string,
): string {
  const present = fields.filter((field): field is readonly [string, string] => field[1] !== undefined);
  const width = Math.max(0, ...present.map(([name]) => name.length));
  return present.map(([name, value]) => `${dim(name.padEnd(width))}  ${value.replaceAll("\n", `\n${" ".repeat(width + 2)}`)}\n`).join("");
}
