/** A quantity as the server writes it back: `1000m` is `1`, `0.5` is `500m`, a number is text. */
export function canonicalQuantity(value: string | number): string {
  const match = /^([+-]?)(\d*)(?:\.(\d+))?(m|k|[MGTPE]|[KMGTPE]i)?$/.exec(String(value));
  if (!match) return String(value);
  const [, sign = "", whole = "", fraction = "", unit = ""] = match;
  const decimals = fraction.replace(/0+$/, "");
  if (decimals === "" && unit !== "m") return `${sign === "-" ? "-" : ""}${whole.replace(/^0+(?=\d)/, "") || "0"}${unit}`;
  const number = Number(`${sign}${whole || "0"}.${decimals || "0"}`);
  if (unit === "m") return number % 1000 === 0 ? String(number / 1000) : `${Math.ceil(number)}m`;
  if (unit === "") return `${Math.ceil(number * 1000)}m`;
  const smaller = { Ki: "", Mi: "Ki", Gi: "Mi", Ti: "Gi", Pi: "Ti", Ei: "Pi", k: "", M: "k", G: "M", T: "G", P: "T", E: "P" }[unit] ?? "";
  const scaled = number * (unit.endsWith("i") ? 1024 : 1000);
  return Number.isInteger(scaled) ? `${scaled}${smaller}` : `${Math.ceil(scaled)}${smaller}`;
}
