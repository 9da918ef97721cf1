/** The time a person gave, or else the usual one, in seconds. */
export function timeLimit(given: number | undefined, usual: number): number {
  return given !== undefined && given > 0 ? Math.ceil(given) : usual;
}

/** What a job may take in all that waits for so long for what it deployed: it pulls, renders and compares before that. */
export function withPreparation(waitSeconds: number): number {
  return waitSeconds + 300;
}
