const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

/** The value that is meant by what is kept; undefined where that is not of its format. */
export function decodeValue(kept: Buffer, format: "" | "base64"): Buffer | undefined {
  if (format === "") return kept;
  const text = kept.toString("latin1").replaceAll(/\s/g, "").replaceAll("-", "+").replaceAll("_", "/");
  return base64.test(text) ? Buffer.from(text, "base64") : undefined;
}
