#!/usr/bin/env node
async function check() {
  const started = performance.now();
  const response = await fetch(`${process.env.URL}/healthz`, { signal: AbortSignal.timeout(5000) });
  if (!response.ok) throw new Error(`answered ${response.status}`);
  const { greeting, visits } = await response.json();
  return { status: "healthy", greeting, visits, latency_ms: Math.round(performance.now() - started) };
}

check().then(
  async (outputs) => {
    // Imported here: the script then runs both as a module and as a plain script, whatever directory it is put into.
    const { writeFileSync } = await import("node:fs");
    writeFileSync(process.env.BERTH_ACTIONS_OUTPUT_FILEPATH, JSON.stringify(outputs));
    console.log(`${process.env.URL} is healthy: ${outputs.visits} visits, answered in ${outputs.latency_ms} ms`);
  },
  (error) => {
    console.error(`${process.env.URL} is not healthy: ${error.cause?.message ?? error.message}`);
    process.exitCode = 1;
  },
);
