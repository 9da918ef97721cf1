// Everything on this machine, and the main job on the example app. See options.ts for what it can be asked.
import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import type { CallOutput } from "@berth/api/client";
import { freePort } from "@berth/local-postgres/free-port";
import { askDecision } from "../../apps/cli/src/watch/ask-decision.ts";
import { watchWorkflow } from "../../apps/cli/src/watch/watch-workflow.ts";
import { processIo } from "../../apps/cli/src/io.ts";
import { startControlPlane } from "../stack/control-plane.ts";
import { startPostgres } from "../stack/postgres.ts";
import { packageExample, stopApps } from "./example.ts";
import { closeHome, openHome, rememberServices, resetHome, saveHome } from "./home.ts";
import { findOrCreateInstall, runAction, startCustomerRunner, waitForHealth } from "./install.ts";
import { readOptions, type Options } from "./options.ts";
import { done, heading, say, style } from "./print.ts";
import { syncApp } from "./sync.ts";

const appName = "hello-berth";
const installName = "acme";

type Install = CallOutput<"installs.get">;

const options = readOptions(process.argv.slice(2));
const io = processIo(process, { cleansUp: true });
// A terminal that goes away ends the run like Ctrl-C does, and what can't be printed any more must not keep anything from being stopped.
process.on("SIGHUP", () => process.emit("SIGINT"));
for (const stream of [process.stdout, process.stderr]) stream.removeAllListeners("error").on("error", () => {});
/** What was started, stopped in reverse order. */
const stops: { name: string; stop: () => Promise<void> }[] = [];
let code = 0;

try {
  if (!options.yes && !io.interactive) {
    throw new Error("Nobody can be asked for approvals here: standard input is not a terminal. Add `-- --yes` to approve every plan.");
  }
  await run(options);
} catch (error) {
  if (!io.signal.aborted) {
    code = 1;
    process.stderr.write(`\n${style("red", "✗")} ${error instanceof Error ? error.message : String(error)}\n`);
  }
}
await stopEverything();
process.exit(io.signal.aborted && options.once ? 130 : code);

async function run({ yes, once, reset }: Options): Promise<void> {
  const startedAt = Date.now();
  if (reset) {
    const before = await openHome();
    await stopApps(join(before.customer, "app"));
    await resetHome();
    say("Removed what earlier runs left.");
  }
  const home = await openHome();
  stops.push({ name: "lock", stop: closeHome });

  heading("Starting");
  const packaging = packageExample(home.repository);
  // Looked at below; a failure until then must not count as unhandled.
  packaging.catch(() => {});
  const wantedPostgres = home.ports.postgres;
  const postgres = await startPostgres({ dir: home.postgres, port: wantedPostgres, logFile: join(home.logs, "postgres.log") });
  stops.push({ name: "PostgreSQL", stop: () => postgres.stop() });
  await rememberServices([postgres.pid]);
  done(`PostgreSQL on port ${postgres.port}${other(wantedPostgres, postgres.port)}`, startedAt);

  const port = await freePort(home.ports.controlPlane);
  const controlPlane = await startControlPlane({
    dir: home.controlPlane,
    databaseUrl: postgres.url,
    port,
    token: home.token,
    logFile: join(home.logs, "control-plane.log"),
  });
  stops.push({ name: "control plane", stop: () => controlPlane.stop() });
  await rememberServices([postgres.pid, controlPlane.pid]);
  const { client, url } = controlPlane;
  done(`Control plane at ${url}${other(home.ports.controlPlane, port)}   API documentation: ${url}/docs`, startedAt);
  home.ports = { postgres: postgres.port, controlPlane: port };
  await saveHome(home, url);

  heading("The vendor: sync and build");
  const appDir = await packaging;
  done(`The example app is a git repository: ${home.repository}`, startedAt);
  const synced = await syncApp({ client, name: appName, dir: appDir, signal: io.signal });
  done(`Synced ${appName} version ${synced.version}: ${synced.built} built, ${synced.reused} unchanged`, startedAt);

  heading("The customer: an install and its runner");
  const install = await findOrCreateInstall({
    client,
    app: appName,
    name: installName,
    inputs: { data_dir: join(home.customer, "app"), port: String(await freePort(8081)) },
  });
  done(`Install ${installName} ${install.created ? "created" : "found"} (${install.installId})`, startedAt);
  const runner = await startCustomerRunner({
    client,
    url,
    installId: install.installId,
    dir: join(home.customer, "runner"),
    logFile: join(home.logs, "runner.log"),
    signal: io.signal,
    ...(install.enrolToken === undefined ? {} : { enrolToken: install.enrolToken }),
  });
  stops.push({ name: "runner", stop: () => runner.stop(60_000) });
  await rememberServices([postgres.pid, controlPlane.pid, runner.pid]);
  // Last started, first stopped: the app would outlive its terraform otherwise.
  stops.push({ name: "the app", stop: () => stopApps(join(home.customer, "app")) });
  done(`Runner connected, with a directory of its own: ${join(home.customer, "runner")}`, startedAt);

  const earlier = await client.call("installs.get", { params: { installId: install.installId } });
  if (earlier.targets.some((target) => target.target === "component:web" && target.state === "active")) {
    await runAction({ client, installId: install.installId, action: "start-web", signal: io.signal });
    done("The app of the last run was started again by its action start-web", startedAt);
  }

  heading("Provision: every change is planned, approved and applied");
  const workflow = await client.call("workflows.start", {
    params: { installId: install.installId },
    body: { operation: { type: "provision", appConfig: "latest" }, approveAll: yes },
  });
  const provisioned = await watchWorkflow({
    client,
    workflowId: workflow.id,
    write: (text) => process.stdout.write(text),
    colors: io.colors,
    signal: io.signal,
    ...(yes ? {} : { decide: (step, signal) => askDecision(io, step.target ?? step.key, signal) }),
  });
  if (provisioned.state !== "succeeded") {
    throw new Error(`The provision workflow ${provisioned.state}: ${provisioned.failure?.detail ?? "no reason given"}`);
  }
  const healthy = await waitForHealth({ client, installId: install.installId, timeoutMs: 30_000, signal: io.signal });
  const seconds = (Date.now() - startedAt) / 1000;
  if (healthy.state !== "active" || healthy.health.health !== "healthy") {
    throw new Error(`The install is ${healthy.state} and ${healthy.health.health}: ${healthy.health.why}`);
  }
  done("Active and healthy", startedAt);
  const facts = outcome(healthy, seconds);
  if (once) {
    await stopEverything();
    say(JSON.stringify(facts));
    return;
  }
  summary(facts, healthy);
  await stayUp(async () => (await client.call("installs.health", { params: { installId: install.installId } })).health);
}

/** `, because 8080 is taken` */
function other(wanted: number, got: number): string {
  return wanted === got ? "" : style("yellow", ` (${wanted} is taken)`);
}

type Outcome = { install: string; health: string; url: unknown; components: Record<string, unknown>; seconds: number };

function outcome(install: Install, seconds: number): Outcome {
  const components = install.targets.filter((target) => target.target.startsWith("component:"));
  return {
    install: install.state,
    health: install.health.health,
    url: components.map((target) => target.outputs.url).find((url) => url !== undefined) ?? null,
    components: Object.fromEntries(
      components.map((target) => [target.target.slice("component:".length), { state: target.state, outputs: target.outputs }]),
    ),
    seconds: Number(seconds.toFixed(1)),
  };
}

function summary(facts: Outcome, install: Install): void {
  heading(`The app runs: ${style("cyan", String(facts.url))}`);
  for (const target of install.targets) {
    for (const [name, value] of Object.entries(target.outputs))
      say(`  ${target.target} ${style("dim", name)} = ${typeof value === "string" ? value : JSON.stringify(value)}`);
    for (const name of target.sensitiveOutputs) say(`  ${target.target} ${style("dim", name)} = ${style("dim", "(sensitive)")}`);
  }
  heading("Try next, in another terminal");
  say(`  npm run berth -- installs update-inputs ${installName} greeting=Bonjour     ${style("dim", "# shows the plan's diff and asks")}`);
  say(`  npm run berth -- actions run ${installName} healthcheck --watch             ${style("dim", "# runs the health check now")}`);
  say(`  npm run berth -- installs deprovision ${installName}                        ${style("dim", "# removes everything again")}`);
  say(`\n${style("dim", "Health is checked on its schedule. Ctrl-C stops everything; the data stays for the next run.")}`);
}

/** Prints the health whenever it changes, until Ctrl-C. */
async function stayUp(look: () => Promise<string>): Promise<void> {
  let last = "healthy";
  while (!io.signal.aborted) {
    await sleep(2000, undefined, { signal: io.signal }).catch(() => {});
    const now = await look().catch(() => last);
    if (now !== last) say(`${new Date().toLocaleTimeString()}  ${installName} is ${style(now === "healthy" ? "green" : "red", now)}`);
    last = now;
  }
}

async function stopEverything(): Promise<void> {
  if (stops.length > 1) say(style("dim", "\nStopping …"));
  for (const { name, stop } of stops.splice(0).toReversed()) {
    try {
      await stop();
    } catch (error) {
      process.stderr.write(`${name} did not stop cleanly: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
}
