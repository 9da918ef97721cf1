import { AppError } from "@berth/kit/errors";
import type { ArchiveLimits } from "./limits.ts";

const units: Record<keyof ArchiveLimits, string> = {
  entries: "files, directories and links",
  expandedBytes: "bytes when expanded",
  archiveBytes: "bytes",
  pathBytes: "bytes in a path",
  links: "symbolic links",
};

/** The refusal of an archive that goes beyond a limit; names the limit and its value. */
export function beyondLimit(limit: keyof ArchiveLimits, limits: ArchiveLimits): AppError {
  return new AppError("too_large", `The archive is refused: it has more than ${limits[limit]} ${units[limit]} (limit "${limit}")`, {
    limit,
    value: limits[limit],
  });
}

/** The refusal of one entry; `rule` is a stable name of what it broke. */
export function refusedEntry(rule: string, entry: string, why: string): AppError {
  const shown = entry.length > 200 ? `${entry.slice(0, 200)}…` : entry;
  return new AppError("unprocessable", `The archive is refused: ${JSON.stringify(shown)} ${why} (rule "${rule}")`, {
    limit: rule,
    entry: shown,
  });
}
