/**
 * What replicas tell each other. A message is a hint that saves waiting: a lost one costs one re-check, never correctness.
 *   runner   there may be work for this runner, or orders (a job of it was cancelled, or it was disabled): look, for one of them or both
 *   events   new rows in `events` for this org (and workflow)
 *   logs     this stream has bytes up to `offset`, or was closed
 *   builds   a running build was cancelled: look
 */
export type BusPayloads = {
  runner: { runnerId: string; about?: "work" | "orders" };
  events: { orgId: string; workflowId?: string; installId?: string; eventId: number };
  logs: { streamId: string; offset: number; closed: boolean };
  builds: { buildId: string };
};

export type BusTopic = keyof BusPayloads;
export type BusMessage = { [T in BusTopic]: { topic: T; data: BusPayloads[T] } }[BusTopic];

/** Publish and subscribe between replicas. Subscribers in the publishing process are called at once. */
export type Bus = {
  publish(message: BusMessage): Promise<void>;
  /** @returns a function that ends the subscription */
  subscribe<T extends BusTopic>(topic: T, listener: (data: BusPayloads[T]) => void): () => void;
  close(): Promise<void>;
};
