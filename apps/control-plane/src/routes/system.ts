import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { systemContract } from "@berth/api/contract/system";
import { openApiDocument } from "@berth/api/openapi";
import { AppError, messageOf } from "@berth/kit/errors";
import type { System } from "../context.ts";
import { handle, type HttpApp } from "../http/handle.ts";

/** One thing that must work before a process takes requests. Throws where it does not. */
export type Check = { name: string; check: () => Promise<void> };

export type SystemRoutes = { system: System; version: string; checks: readonly Check[] };

const checkTimeoutMs = 3000;

export function mountSystemRoutes(app: HttpApp, { system, version, checks }: SystemRoutes): void {
  handle(app, systemContract["system.healthz"], () => Promise.resolve({ ok: true as const, version }));
  handle(app, systemContract["system.readyz"], async ({ c }) => {
    const results = await Promise.all(checks.map(async (entry) => [entry.name, await run(entry, system)] as const));
    const ok = results.every(([, result]) => result.ok);
    return c.json({ ok, checks: Object.fromEntries(results) }, ok ? 200 : 503);
  });
  const { registry } = system.metrics;
  app.get("/metrics", async (c) => c.body(await registry.metrics(), 200, { "content-type": registry.contentType }));

  let document: string | undefined;
  app.get("/openapi.json", (c) => {
    document ??= JSON.stringify(openApiDocument({ serverUrl: system.settings.publicUrl, version }));
    return c.body(document, 200, { "content-type": "application/json" });
  });
  mountDocs(app);
}

async function run({ check, name }: Check, system: System): Promise<{ ok: boolean; detail?: string }> {
  const timer = Promise.withResolvers<never>();
  const timeout = setTimeout(() => timer.reject(new Error(`no answer within ${checkTimeoutMs} ms`)), checkTimeoutMs);
  try {
    await Promise.race([check(), timer.promise]);
    return { ok: true };
  } catch (error) {
    // The detail stays in the log: the answer goes to anybody.
    system.logger.warn({ check: name, err: error }, "not ready");
    return { ok: false, detail: error instanceof AppError ? messageOf(error) : "does not answer" };
  } finally {
    clearTimeout(timeout);
  }
}

const docsPage = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Berth API</title><meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/docs/swagger-ui.css"></head>
<body><div id="api"></div><script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body>
</html>
`;
const docsStart = `SwaggerUIBundle({ url: "/openapi.json", dom_id: "#api", deepLinking: true, tryItOutEnabled: true, persistAuthorization: true });\n`;
const docsPolicy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

/** The browsable page: everything it loads comes from this process. */
function mountDocs(app: HttpApp): void {
  const headers = (type: string) => ({ "content-type": `${type}; charset=utf-8`, "content-security-policy": docsPolicy });
  app.get("/docs", (c) => c.body(docsPage, 200, headers("text/html")));
  app.get("/docs/start.js", (c) => c.body(docsStart, 200, headers("text/javascript")));
  for (const [file, type] of [
    ["swagger-ui.css", "text/css"],
    ["swagger-ui-bundle.js", "text/javascript"],
  ] as const) {
    app.get(`/docs/${file}`, async (c) => {
      const folder = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
      const bytes = await readFile(join(folder, file));
      return c.body(new Uint8Array(bytes), 200, { ...headers(type), "cache-control": "public, max-age=3600" });
    });
  }
}
