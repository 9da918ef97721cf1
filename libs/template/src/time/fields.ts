import { offsetOf } from "./zone.ts";
import { months, weekdays } from "./layout.ts";
import type { Time } from "../value.ts";

/** What `.Year` and the like give of a time; undefined for any other name. Month and Weekday are names, as Go prints them. */
export function fieldOfTime(time: Pick<Time, "ms" | "zone">, name: string): string | number | undefined {
  const clock = new Date(Math.floor(time.ms) + offsetOf(time) * 1000);
  switch (name) {
    case "Year":
      return clock.getUTCFullYear();
    case "Month":
      return months[clock.getUTCMonth()];
    case "Day":
      return clock.getUTCDate();
    case "Hour":
      return clock.getUTCHours();
    case "Minute":
      return clock.getUTCMinutes();
    case "Second":
      return clock.getUTCSeconds();
    case "Weekday":
      return weekdays[clock.getUTCDay()];
    case "Unix":
      return Math.floor(time.ms / 1000);
    case "UnixMilli":
      return Math.floor(time.ms);
    default:
      return undefined;
  }
}
