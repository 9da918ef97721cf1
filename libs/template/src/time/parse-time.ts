import { Time } from "../value.ts";
import { months, piecesOf, weekdays } from "./layout.ts";
import { offsetOf, utc, zoneNamed } from "./zone.ts";
import type { Zone } from "../value.ts";

type Fields = {
  year: number;
  month: number;
  day: number;
  yearDay: number | null;
  hour: number;
  half: "am" | "pm" | null;
  minute: number;
  second: number;
  fraction: number;
  zone: Zone | null;
};

/** Reads a text that is written as the layout shows; undefined where it is not, or names a day that does not exist. Without a zone it is in UTC. */
export function parseTime(layout: string, text: string): Time | undefined {
  const fields: Fields = { year: 0, month: 1, day: 1, yearDay: null, hour: 0, half: null, minute: 0, second: 0, fraction: 0, zone: null };
  let rest = text;
  const pieces = piecesOf(layout);
  for (const [index, { element, text: piece }] of pieces.entries()) {
    if (!element) {
      const skipped = skipLiteral(rest, piece);
      if (skipped === undefined) return undefined;
      rest = skipped;
      continue;
    }
    const length = readElement(fields, piece, rest);
    if (length === undefined) return undefined;
    rest = rest.slice(length);
    // Seconds may have a fraction that the layout does not show.
    const following = pieces[index + 1];
    const fraction = /^[.,]\d+/.exec(rest)?.[0];
    if ((piece === "05" || piece === "5") && fraction !== undefined && !(following?.element && /^[.,]/.test(following.text))) {
      fields.fraction = Number(`0.${fraction.slice(1)}`);
      rest = rest.slice(fraction.length);
    }
  }
  return rest === "" ? timeOf(fields) : undefined;
}

/** White space in a layout matches any amount of it. */
function skipLiteral(text: string, literal: string): string | undefined {
  let rest = text;
  for (const char of literal) {
    if (char === " ") {
      if (rest !== "" && !rest.startsWith(" ")) return undefined;
      rest = rest.replace(/^ +/, "");
    } else if (rest.startsWith(char)) rest = rest.slice(char.length);
    else return undefined;
  }
  return rest;
}

function timeOf(fields: Fields): Time | undefined {
  const { year, minute, second, half } = fields;
  let { month, day, hour } = fields;
  if (half === "pm" && hour < 12) hour += 12;
  else if (half === "am" && hour === 12) hour = 0;
  if (fields.yearDay !== null) [month, day] = [1, fields.yearDay];
  const clock = new Date(0);
  clock.setUTCFullYear(year, month - 1, day);
  const wrongDay = fields.yearDay === null ? clock.getUTCMonth() !== month - 1 : fields.yearDay < 1 || clock.getUTCFullYear() !== year;
  if (month < 1 || month > 12 || day < 1 || wrongDay || hour > 23 || minute > 59 || second > 59) return undefined;
  clock.setUTCHours(hour, minute, second);
  const zone = fields.zone ?? utc;
  const ms = clock.getTime() - offsetOf({ ms: clock.getTime(), zone }) * 1000 + fields.fraction * 1000;
  return new Time(ms, zone);
}

const numberElements: Readonly<Record<string, readonly [RegExp, "year" | "month" | "day" | "yearDay" | "hour" | "minute" | "second"]>> = {
  "2006": [/^\d{4}/, "year"],
  "01": [/^\d{2}/, "month"],
  "1": [/^\d{1,2}/, "month"],
  "02": [/^\d{2}/, "day"],
  "2": [/^\d{1,2}/, "day"],
  _2: [/^ ?\d{1,2}/, "day"],
  "002": [/^\d{3}/, "yearDay"],
  __2: [/^ {0,2}\d{1,3}/, "yearDay"],
  "15": [/^\d{2}/, "hour"],
  "03": [/^\d{2}/, "hour"],
  "3": [/^\d{1,2}/, "hour"],
  "04": [/^\d{2}/, "minute"],
  "4": [/^\d{1,2}/, "minute"],
  "05": [/^\d{2}/, "second"],
  "5": [/^\d{1,2}/, "second"],
};

/** Reads one element into the fields. Returns how many characters it took. */
function readElement(fields: Fields, element: string, text: string): number | undefined {
  const number = numberElements[element];
  if (number) {
    const found = number[0].exec(text)?.[0];
    if (found === undefined) return undefined;
    fields[number[1]] = Number(found);
    return found.length;
  }
  if (element === "06") {
    const found = /^\d{2}/.exec(text)?.[0];
    if (found !== undefined) fields.year = Number(found) + (Number(found) >= 69 ? 1900 : 2000);
    return found?.length;
  }
  if (element === "January" || element === "Jan") {
    const index = months.findIndex((name) => startsWith(text, element === "Jan" ? name.slice(0, 3) : name));
    if (index >= 0) fields.month = index + 1;
    return index < 0 ? undefined : element === "Jan" ? 3 : months[index]?.length;
  }
  if (element === "Monday" || element === "Mon") {
    const name = weekdays.find((day) => startsWith(text, element === "Mon" ? day.slice(0, 3) : day));
    return name === undefined ? undefined : element === "Mon" ? 3 : name.length;
  }
  if (element === "PM" || element === "pm") {
    const found = /^[ap]m/i.exec(text)?.[0];
    if (found === undefined || (element === "PM" ? found.toUpperCase() : found.toLowerCase()) !== found) return undefined;
    fields.half = found.toLowerCase() === "pm" ? "pm" : "am";
    return 2;
  }
  if (/^[.,]/.test(element)) return readFraction(fields, element, text);
  return readZone(fields, element, text);
}

function startsWith(text: string, name: string): boolean {
  return text.slice(0, name.length).toLowerCase() === name.toLowerCase();
}

function readFraction(fields: Fields, element: string, text: string): number | undefined {
  const found = /^[.,]\d+/.exec(text)?.[0];
  if (element[1] === "9" && found === undefined) return 0;
  if (found === undefined || (element[1] === "0" && found.length !== element.length)) return undefined;
  fields.fraction = Number(`0.${found.slice(1)}`);
  return found.length;
}

function readZone(fields: Fields, element: string, text: string): number | undefined {
  if (element === "MST") {
    const name = /^(?:[A-Z]{3,5}|[+-]\d{2}(?:\d{2})?)/.exec(text)?.[0];
    if (name === undefined) return undefined;
    // An abbreviation alone says no offset; like Go, only UTC is taken for what it is.
    fields.zone ??= name === "UTC" ? utc : { offset: 0, abbreviation: name };
    return name.length;
  }
  if (element.startsWith("Z") && text.startsWith("Z")) {
    fields.zone = zoneNamed("UTC") ?? utc;
    return 1;
  }
  const parts = element.replace(/^[-Z]/, "").replaceAll(":", "").length / 2;
  const separator = element.includes(":") ? ":" : "";
  const [all, sign, ...digits] = new RegExp(`^([+-])${Array(parts).fill("(\\d{2})").join(separator)}`).exec(text) ?? [];
  if (all === undefined) return undefined;
  const [hours = 0, minutes = 0, seconds = 0] = digits.map(Number);
  const offset = (hours * 3600 + minutes * 60 + seconds) * (sign === "-" ? -1 : 1);
  fields.zone = offset === 0 ? utc : { offset, abbreviation: all };
  return all.length;
}
