import { randomInt } from "node:crypto";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const characters = 63;

/** A random value as it is kept: 63 letters and digits, about 375 bits; base64 of that where the format says so. */
export function generateValue(format: "" | "base64"): string {
  const text = Array.from({ length: characters }, () => alphabet[randomInt(alphabet.length)]).join("");
  return format === "base64" ? Buffer.from(text).toString("base64") : text;
}
