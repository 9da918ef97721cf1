/**
 * Waits until all of the work has ended, also when some of it fails: a job that has failed leaves nothing at work behind it.
 * @returns the results in order
 * @throws the failure of the first in the list that failed
 */
export async function together<T extends readonly unknown[]>(work: T): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(work);
  return (await Promise.all(work)) as { -readonly [K in keyof T]: Awaited<T[K]> };
}
