import type { Logger } from "pino";

/** Things to stop, last started first. */
export type Shutdown = {
  /** Registers a step; steps run in reverse order, each waited for. */
  add(name: string, stop: () => Promise<void> | void): void;
  /** Runs the steps once; later calls wait for the first. A step that throws is logged and the rest still runs. */
  run(reason: string): Promise<void>;
  /** Runs on SIGINT and SIGTERM, then exits 0; a second signal exits 1 at once. */
  onSignals(): void;
};

/** A shutdown list for one process. */
export function createShutdown(logger: Logger): Shutdown {
  const steps: { name: string; stop: () => Promise<void> | void }[] = [];
  let running: Promise<void> | undefined;

  async function stopAll(reason: string): Promise<void> {
    logger.info({ reason }, "stopping");
    for (const step of steps.toReversed()) {
      try {
        await step.stop();
      } catch (error) {
        logger.error({ err: error, step: step.name }, "a part did not stop cleanly");
      }
    }
    logger.info({ reason }, "stopped");
  }

  return {
    add: (name, stop) => void steps.push({ name, stop }),
    run: (reason) => (running ??= stopAll(reason)),
    onSignals() {
      for (const signal of ["SIGINT", "SIGTERM"] as const) {
        process.on(signal, () => {
          if (running) process.exit(1);
          void this.run(signal).then(() => process.exit(0));
        });
      }
    },
  };
}
