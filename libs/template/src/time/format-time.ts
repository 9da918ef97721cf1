import { abbreviationOf, offsetOf } from "./zone.ts";
import { months, piecesOf, weekdays } from "./layout.ts";
import type { Time } from "../value.ts";

/** A time in Go's layout language: the layout shows how Mon Jan 2 15:04:05 MST 2006 would be written. */
export function formatTime(time: Time, layout: string): string {
  const offset = offsetOf(time);
  const clock = new Date(Math.floor(time.ms) + offset * 1000);
  if (Number.isNaN(clock.getTime())) return "";
  const nanos = Math.floor((time.ms - Math.floor(time.ms)) * 1e6) + clock.getUTCMilliseconds() * 1e6;
  let out = "";
  for (const { element, text } of piecesOf(layout)) out += element ? formatElement({ time, clock, offset, nanos }, text) : text;
  return out;
}

type Moment = { time: Time; clock: Date; offset: number; nanos: number };

function formatElement({ time, clock, offset, nanos }: Moment, element: string): string {
  const year = clock.getUTCFullYear();
  const month = clock.getUTCMonth();
  const day = clock.getUTCDate();
  const hour = clock.getUTCHours();
  const weekday = weekdays[clock.getUTCDay()] ?? "";
  switch (element) {
    case "2006":
      return year < 0 ? `-${padded(-year, 4)}` : padded(year, 4);
    case "06":
      return padded(((year % 100) + 100) % 100, 2);
    case "January":
      return months[month] ?? "";
    case "Jan":
      return (months[month] ?? "").slice(0, 3);
    case "1":
      return String(month + 1);
    case "01":
      return padded(month + 1, 2);
    case "Monday":
      return weekday;
    case "Mon":
      return weekday.slice(0, 3);
    case "2":
      return String(day);
    case "_2":
      return String(day).padStart(2);
    case "02":
      return padded(day, 2);
    case "002":
      return padded(yearDay(clock), 3);
    case "__2":
      return String(yearDay(clock)).padStart(3);
    case "15":
      return padded(hour, 2);
    case "3":
      return String(hour % 12 || 12);
    case "03":
      return padded(hour % 12 || 12, 2);
    case "4":
      return String(clock.getUTCMinutes());
    case "04":
      return padded(clock.getUTCMinutes(), 2);
    case "5":
      return String(clock.getUTCSeconds());
    case "05":
      return padded(clock.getUTCSeconds(), 2);
    case "PM":
      return hour >= 12 ? "PM" : "AM";
    case "pm":
      return hour >= 12 ? "pm" : "am";
    case "MST":
      return abbreviationOf(time);
    default:
      return element.includes("07") ? formatOffset(offset, element) : formatFraction(nanos, element);
  }
}

function formatOffset(offset: number, element: string): string {
  if (element.startsWith("Z") && offset === 0) return "Z";
  const magnitude = Math.abs(offset);
  const fields = [Math.floor(magnitude / 3600), Math.floor((magnitude % 3600) / 60), magnitude % 60].map((field) => padded(field, 2));
  const count = element.replaceAll(":", "").length === 3 ? 1 : element.replaceAll(":", "").length === 5 ? 2 : 3;
  return (offset < 0 ? "-" : "+") + fields.slice(0, count).join(element.includes(":") ? ":" : "");
}

function formatFraction(nanos: number, element: string): string {
  const digits = padded(nanos, 9)
    .slice(0, element.length - 1)
    .padEnd(element.length - 1, "0");
  if (element[1] === "0") return element.charAt(0) + digits;
  const kept = digits.replace(/0+$/, "");
  return kept === "" ? "" : element.charAt(0) + kept;
}

function yearDay(clock: Date): number {
  const first = new Date(clock);
  first.setUTCMonth(0, 1);
  return Math.round((clock.getTime() - first.getTime()) / 86_400_000) + 1;
}

function padded(value: number, width: number): string {
  return String(value).padStart(width, "0");
}
