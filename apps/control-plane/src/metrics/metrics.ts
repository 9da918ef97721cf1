import { collectDefaultMetrics, Counter, Histogram, Registry } from "prom-client";

/** What a process measures while it works. Gauges of what stands in the database are added by `watchDatabase`. */
export type Metrics = {
  registry: Registry;
  httpDuration: Histogram<"method" | "route" | "status">;
  logBytes: Counter;
};

/** A registry of this process alone: no global one, so that tests and replicas in one process do not share figures. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  return {
    registry,
    httpDuration: new Histogram({
      name: "berth_http_request_duration_seconds",
      help: "Time until an HTTP answer starts",
      labelNames: ["method", "route", "status"],
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers: [registry],
    }),
    logBytes: new Counter({
      name: "berth_log_bytes_stored_total",
      help: "Log bytes that this process stored, uncompressed",
      registers: [registry],
    }),
  };
}

/** Adds what the process itself is like: memory, event loop, garbage collection. Measures from now on, until the process ends. */
export function watchProcess(metrics: Metrics): void {
  collectDefaultMetrics({ register: metrics.registry });
}
