/** A piece of a Go time layout: literal text, or an element such as `2006` or `Jan`. */
export type Piece = { element: boolean; text: string };

// The order matters where one element begins like another. A fraction must not be followed by a digit, a short name not by a lower-case letter.
const elements = new RegExp(
  [
    "January",
    "Jan(?![a-z])",
    "Monday",
    "Mon(?![a-z])",
    "MST",
    "002",
    "0[1-6]",
    "15",
    "2006",
    "__2",
    "_2(?!006)",
    "[12345]",
    "PM",
    "pm",
    "[-Z]07:00:00",
    "[-Z]070000",
    "[-Z]07:00",
    "[-Z]0700",
    "[-Z]07",
    "[.,](?:0+|9+)(?![0-9])",
  ].join("|"),
  "g",
);

/** Splits a layout into its pieces. */
export function piecesOf(layout: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const match of layout.matchAll(elements)) {
    if (match.index > at) pieces.push({ element: false, text: layout.slice(at, match.index) });
    pieces.push({ element: true, text: match[0] });
    at = match.index + match[0].length;
  }
  if (at < layout.length) pieces.push({ element: false, text: layout.slice(at) });
  return pieces;
}

export const months = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
export const weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
