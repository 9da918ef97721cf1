import { pino, type Logger } from "pino";

export type { Logger } from "pino";

/**
 * The service logger: JSON lines on standard error, constant messages, variables in fields. Job output never enters it.
 * Fields that carry credentials are replaced wherever they appear at the top or one level down.
 */
export function createLogger(input: { name: string; level?: string }): Logger {
  return pino(
    {
      name: input.name,
      level: input.level ?? "info",
      base: { name: input.name },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: ["token", "secret", "password", "authorization", "*.token", "*.secret", "*.password", "*.authorization"],
        censor: "[redacted]",
      },
    },
    pino.destination({ fd: 2, sync: false }),
  );
}
