/** How a component is. `unknown` where nothing has been heard for too long. */
export type Verdict = "healthy" | "degraded" | "unhealthy" | "unknown";
export const verdicts: readonly Verdict[] = ["healthy", "degraded", "unhealthy", "unknown"];

/** What one look says. */
export type Observation = { status: Exclude<Verdict, "unknown">; why: string; at: Date };

/** A verdict with what has been seen since that speaks against it. */
export type Track = { verdict: Verdict; since: Date; why: string; tending?: Verdict; tendingCount: number; seenAt: Date };

/** So many looks in a row have to say the same before the verdict follows: bad news is doubted longer than good. */
const needed: Readonly<Record<Exclude<Verdict, "unknown">, number>> = { healthy: 2, degraded: 3, unhealthy: 3 };

/**
 * The verdict after one more look. The first look, and the first after silence, counts at once; for a look older than the last one it is the track that was given. Pure.
 */
export function follow(track: Track | undefined, seen: Observation): Track {
  if (track && seen.at < track.seenAt) return track;
  if (!track || track.verdict === "unknown") {
    return { verdict: seen.status, since: seen.at, why: seen.why, tendingCount: 0, seenAt: seen.at };
  }
  const { tending: _tending, ...rest } = track;
  if (seen.status === track.verdict) return { ...rest, why: seen.why, tendingCount: 0, seenAt: seen.at };
  const count = track.tending === seen.status ? track.tendingCount + 1 : 1;
  if (count < needed[seen.status]) return { ...rest, tending: seen.status, tendingCount: count, seenAt: seen.at };
  return { verdict: seen.status, since: seen.at, why: seen.why, tendingCount: 0, seenAt: seen.at };
}

/** The worst of several: what is not known is worse than what is well, and no better than anything else. */
export function worstOf(all: readonly Verdict[]): Verdict {
  const order: readonly Verdict[] = ["unhealthy", "degraded", "unknown", "healthy"];
  return order.find((verdict) => all.includes(verdict)) ?? "unknown";
}
