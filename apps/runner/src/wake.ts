/**
 * One loop, many reasons to look: runs `work` when woken, never twice at once, and once more when woken meanwhile.
 * `work` handles its own errors; what it throws goes to `onError`.
 */
export function createWake(work: () => Promise<void>, onError: (error: unknown) => void): () => void {
  let running = false;
  let again = false;
  const loop = async (): Promise<void> => {
    running = true;
    do {
      again = false;
      try {
        await work();
      } catch (error) {
        onError(error);
      }
    } while (again);
    running = false;
  };
  return () => {
    if (running) again = true;
    else void loop();
  };
}
