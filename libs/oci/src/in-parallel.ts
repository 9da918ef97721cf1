/** Works on all items, at most `atOnce` at a time. The first failure aborts the signal that the others work with, and is thrown when they have ended. */
export async function inParallel<T>(
  items: Iterable<T>,
  options: { atOnce: number; signal?: AbortSignal | undefined },
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failed.signal]) : failed.signal;
  const iterator = items[Symbol.iterator]();
  let failure: { error: unknown } | undefined;
  async function worker(): Promise<void> {
    for (let next = iterator.next(); next.done !== true && !failure; next = iterator.next()) {
      try {
        await work(next.value, signal);
      } catch (error) {
        failure ??= { error };
        failed.abort(error);
      }
    }
  }
  await Promise.all(Array.from({ length: options.atOnce }, worker));
  options.signal?.throwIfAborted();
  if (failure) throw failure.error;
}
