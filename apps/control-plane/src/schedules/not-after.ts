/** A runner's clock may be wrong: nothing it reports is later than when it was reported. */
export function notAfter(time: string, limit: Date): Date {
  const date = new Date(time);
  return date > limit ? limit : date;
}
