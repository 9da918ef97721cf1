/** What a `Range` header asks of `size` bytes: everything, one piece (both ends inclusive), or something that is not there. */
export type WantedRange = { kind: "whole" } | { kind: "piece"; start: number; end: number } | { kind: "unsatisfiable" };

/** Reads a `Range` header. Several ranges, other units and nonsense mean the whole, as RFC 9110 allows. */
export function parseRange(header: string | null, size: number): WantedRange {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? "");
  const [, from = "", to = ""] = match ?? [];
  if (!match || (from === "" && to === "")) return { kind: "whole" };
  if (from === "") {
    const length = Math.min(Number(to), size);
    return length === 0 ? { kind: "unsatisfiable" } : { kind: "piece", start: size - length, end: size - 1 };
  }
  const start = Number(from);
  const end = to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (to !== "" && Number(to) < start) return { kind: "whole" };
  return start >= size ? { kind: "unsatisfiable" } : { kind: "piece", start, end };
}
