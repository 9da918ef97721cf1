// The app: one page, a visitor counter and a health check. No dependencies.
import { createHash, timingSafeEqual } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, join } from "node:path";

const home = import.meta.dirname ?? dirname(new URL(import.meta.url).pathname);
const { port, settingsFile, databaseFile } = JSON.parse(readFileSync(join(home, "options.json"), "utf8"));
const { greeting, accent } = JSON.parse(readFileSync(settingsFile, "utf8"));
const keyFile = join(dirname(settingsFile), "api-key.sha256");
let { visits } = JSON.parse(readFileSync(databaseFile, "utf8"));

const escape = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

const page = () => `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escape(greeting)}</title>
<style>
  body { margin: 0; min-height: 100vh; display: grid; place-content: center; text-align: center; font: 1.1rem/1.6 system-ui, sans-serif;
         background: color-mix(in srgb, ${escape(accent)} 12%, white); color: #222 }
  h1 { font-size: clamp(2rem, 6vw, 4rem); margin: 0; color: ${escape(accent)} }
</style>
<h1>${escape(greeting)}</h1>
<p>You are visitor number ${visits}. This page runs in the customer's account; its vendor never had a login there.</p>
</html>`;

function save() {
  writeFileSync(`${databaseFile}.new`, JSON.stringify({ visits }));
  renameSync(`${databaseFile}.new`, databaseFile);
}

function mayReset(request) {
  // Read each time: another key needs no restart.
  const keyHash = existsSync(keyFile) ? readFileSync(keyFile, "utf8").trim() : "";
  const given = createHash("sha256")
    .update((request.headers.authorization ?? "").replace(/^Bearer /, ""))
    .digest("hex");
  return keyHash.length === given.length && timingSafeEqual(Buffer.from(given), Buffer.from(keyHash));
}

const server = createServer((request, response) => {
  const send = (status, type, body) => response.writeHead(status, { "content-type": type }).end(body);
  const json = (status, body) => send(status, "application/json", `${JSON.stringify(body)}\n`);
  const at = `${request.method} ${request.url}`;
  if (at === "GET /healthz") return json(200, { status: "healthy", greeting, visits, pid: process.pid });
  if (at === "GET /") {
    visits += 1;
    save();
    return send(200, "text/html; charset=utf-8", page());
  }
  if (at === "POST /reset") {
    if (!mayReset(request)) return json(401, { error: "the API key of this install is needed" });
    visits = 0;
    save();
    return json(200, { visits });
  }
  return json(404, { error: "there is nothing here" });
});

server.on("error", (error) => {
  console.error(error.code === "EADDRINUSE" ? `Port ${port} is taken: give the install another one (input "port").` : error.message);
  process.exit(1);
});
server.listen(port, "127.0.0.1", () => console.log(`${new Date().toISOString()} listening on port ${port}: ${greeting}`));
process.on("SIGTERM", () => {
  server.closeAllConnections();
  server.close(() => process.exit(0));
});
