import { z } from "zod";

/** A port number from text; 0 lets the system choose. */
export const port = z.coerce.number().int().min(0).max(65_535);

/** `1`, `true`, `yes`, `on` and their opposites. */
export const flag = z
  .enum(["1", "0", "true", "false", "yes", "no", "on", "off", ""])
  .transform((text) => ["1", "true", "yes", "on"].includes(text));

/**
 * Parses environment variables once into a typed value.
 * @throws Error that names every variable that is missing or wrong, one per line, and never prints a value.
 */
export function parseEnv<Shape extends z.ZodRawShape>(
  shape: Shape,
  source: Record<string, string | undefined>,
): z.output<z.ZodObject<Shape>> {
  const present = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ""));
  const parsed = z.object(shape).safeParse(present);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => `  ${issue.path.join(".")}: ${issue.message}`);
  throw new Error(`The environment is not usable:\n${lines.join("\n")}`);
}
