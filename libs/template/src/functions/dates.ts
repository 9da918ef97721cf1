import { Failure } from "../errors.ts";
import { formatDuration, parseDuration } from "../time/duration.ts";
import { formatTime } from "../time/format-time.ts";
import { parseTime } from "../time/parse-time.ts";
import { utc, zoneNamed } from "../time/zone.ts";
import { Time, isInt } from "../value.ts";
import { fn } from "./define.ts";
import type { Call, FunctionTable } from "./define.ts";
import type { Value } from "../value.ts";

const second = 1_000_000_000n;

/** A time, or seconds since 1970; anything else is now. */
function toTime(call: Call, value: Value): Time {
  if (value instanceof Time) return value;
  return new Time(isInt(value) ? Number(value) * 1000 : call.now.getTime(), utc);
}

/** A zone that does not exist counts as UTC. */
function inZone(call: Call, layout: string, value: Value, zone: string): string {
  call.budget.reserve(layout.length * 8);
  call.budget.step(100 + layout.length);
  return formatTime(new Time(toTime(call, value).ms, zoneNamed(zone) ?? utc), layout);
}

function nanosSince(call: Call, time: Time): bigint {
  return BigInt(Math.round((call.now.getTime() - time.ms) * 1e6));
}

function modify(text: string, time: Time): Time {
  const duration = parseDuration(text);
  if (duration === undefined) throw new Failure("invalid_value", `${JSON.stringify(text)} is not a duration, such as "-1.5h" or "2h45m".`);
  return new Time(time.ms + Number(duration) / 1e6, time.zone);
}

function toDate(call: Call, layout: string, text: string): Time {
  call.budget.step(20 + layout.length);
  const time = parseTime(layout, text);
  if (!time) throw new Failure("invalid_value", `The text is not a date in the layout ${JSON.stringify(layout)}.`);
  return time;
}

/** Seconds as a duration. */
function duration(value: Value): string {
  const seconds =
    typeof value === "string" && /^[+-]?\d{1,18}$/.test(value) ? BigInt(value.replace("+", "")) : isInt(value) ? BigInt(value) : 0n;
  return formatDuration(BigInt.asIntN(64, seconds * second));
}

const roundUnits: readonly (readonly [string, bigint])[] = [
  ["y", 365n * 86_400n * second],
  ["mo", 30n * 86_400n * second],
  ["d", 86_400n * second],
  ["h", 3600n * second],
  ["m", 60n * second],
  ["s", second],
];

/** A duration (text, ns, or a time, which counts from then to now) in its largest unit: `2h10m5s` is `2h`. */
function durationRound(call: Call, value: Value): string {
  const nanos =
    value instanceof Time
      ? nanosSince(call, value)
      : typeof value === "string"
        ? (parseDuration(value) ?? 0n)
        : isInt(value)
          ? BigInt(value)
          : 0n;
  const size = nanos < 0n ? -nanos : nanos;
  for (const [unit, length] of roundUnits) if (size > length) return `${size / length}${unit}`;
  return "0s";
}

/** Local time is UTC. */
export const dateFunctions: FunctionTable = {
  now: fn([], (call) => new Time(call.now.getTime(), utc)),
  date: fn(["string", "any"], (call, layout, value) => inZone(call, layout, value, "UTC")),
  dateInZone: fn(["string", "any", "string"], inZone),
  date_in_zone: fn(["string", "any", "string"], inZone),
  htmlDate: fn(["any"], (call, value) => inZone(call, "2006-01-02", value, "UTC")),
  htmlDateInZone: fn(["any", "string"], (call, value, zone) => inZone(call, "2006-01-02", value, zone)),
  dateModify: fn(["string", "time"], (_, text, time) => modify(text, time)),
  date_modify: fn(["string", "time"], (_, text, time) => modify(text, time)),
  mustDateModify: fn(["string", "time"], (_, text, time) => modify(text, time)),
  must_date_modify: fn(["string", "time"], (_, text, time) => modify(text, time)),
  toDate: fn(["string", "string"], toDate),
  mustToDate: fn(["string", "string"], toDate),
  ago: fn(["any"], (call, value) => formatDuration(((nanosSince(call, toTime(call, value)) + second / 2n) / second) * second)),
  duration: fn(["any"], (_, value) => duration(value)),
  durationRound: fn(["any"], durationRound),
  unixEpoch: fn(["time"], (_, time) => String(Math.floor(time.ms / 1000))),
};
