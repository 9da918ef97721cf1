const units: readonly [string, number][] = [
  ["d", 86_400],
  ["h", 3600],
  ["m", 60],
  ["s", 1],
];

/** How long ago a moment was, in its largest unit: `3m ago`; `in 3m` for the future; a dash where there is none. */
export function ago(moment: string | undefined, now: number = Date.now()): string {
  if (moment === undefined) return "-";
  const seconds = Math.round((now - Date.parse(moment)) / 1000);
  const text = span(Math.abs(seconds));
  return seconds < 0 ? `in ${text}` : `${text} ago`;
}

/** Seconds in their largest unit, rounded down: `95` is `1m`. */
export function span(seconds: number): string {
  const [name, size] = units.find(([, each]) => seconds >= each) ?? ["s", 1];
  return `${Math.floor(seconds / size)}${name}`;
}

/** The time between two moments, to a tenth of a second below a minute. */
export function took(from: string | undefined, to: string | undefined): string {
  if (from === undefined || to === undefined) return "";
  const seconds = (Date.parse(to) - Date.parse(from)) / 1000;
  return seconds < 60 ? `${seconds.toFixed(1)}s` : `${Math.floor(seconds / 60)}m${Math.round(seconds % 60)}s`;
}
