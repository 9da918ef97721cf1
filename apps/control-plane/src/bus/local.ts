import type { Bus, BusMessage, BusTopic } from "./port.ts";

type Listener = (data: never) => void;

/** The part of a bus that stays in the process: calls subscribers at once, in the order they came. */
export type LocalBus = Bus & { deliver(message: BusMessage): void };

/** A bus for one process alone. @param onError told of a listener that threw; the others are called all the same */
export function createLocalBus(onError: (error: unknown) => void = () => {}): LocalBus {
  const listeners = new Map<BusTopic, Set<Listener>>();

  function deliver(message: BusMessage): void {
    for (const listener of listeners.get(message.topic) ?? []) {
      try {
        listener(message.data as never);
      } catch (error) {
        onError(error);
      }
    }
  }

  return {
    deliver,
    publish(message) {
      deliver(message);
      return Promise.resolve();
    },
    subscribe(topic, listener) {
      const set = listeners.get(topic) ?? new Set();
      listeners.set(topic, set.add(listener));
      return () => void set.delete(listener);
    },
    close() {
      listeners.clear();
      return Promise.resolve();
    },
  };
}
