import type { Time, Zone } from "../value.ts";

/** Times without a zone of their own are in UTC, also those that Go would show in the machine's local zone: rendering gives the same everywhere. */
export const utc: Zone = { offset: 0, abbreviation: "UTC" };

/** The zone of this IANA name; `Local` and "" are UTC. Undefined where there is none. */
export function zoneNamed(name: string): Zone | undefined {
  if (name === "" || name === "UTC" || name === "Local") return utc;
  if (!/^[A-Za-z][\w+/-]{0,60}$/.test(name)) return undefined;
  try {
    const zone = { name };
    offsetOf({ ms: 0, zone });
    return zone;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Seconds east of UTC at that instant. */
export function offsetOf(time: Pick<Time, "ms" | "zone">): number {
  if ("offset" in time.zone) return time.zone.offset;
  const shown = part(time.zone.name, time.ms, "longOffset", "en-US");
  const match = /^GMT([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(shown);
  if (!match) return 0;
  const seconds = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0);
  return match[1] === "-" ? -seconds : seconds;
}

/** The zone's abbreviation at that instant, such as CET; the offset where nobody abbreviates it. */
export function abbreviationOf(time: Pick<Time, "ms" | "zone">): string {
  if ("abbreviation" in time.zone) return time.zone.abbreviation;
  for (const locale of ["en-US", "en-GB", "en-AU", "en-CA", "en-IN", "en-ZA", "en-NZ"]) {
    const shown = part(time.zone.name, time.ms, "short", locale);
    if (/^[A-Z]{3,5}$/.test(shown) && (shown !== "GMT" || offsetOf(time) === 0)) return shown;
  }
  const offset = offsetOf(time);
  const hours = String(Math.floor(Math.abs(offset) / 3600)).padStart(2, "0");
  const minutes = Math.floor((Math.abs(offset) % 3600) / 60);
  return `${offset < 0 ? "-" : "+"}${hours}${minutes === 0 ? "" : String(minutes).padStart(2, "0")}`;
}

// Making a formatter takes far longer than using it.
const maxFormatters = 500;
const formatters = new Map<string, Intl.DateTimeFormat>();

function part(zone: string, ms: number, style: "longOffset" | "short", locale: string): string {
  const key = `${zone} ${style} ${locale}`;
  const format = formatters.get(key) ?? new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName: style });
  if (formatters.size >= maxFormatters) formatters.clear();
  formatters.set(key, format);
  return format.formatToParts(new Date(Math.floor(ms))).find(({ type }) => type === "timeZoneName")?.value ?? "";
}
