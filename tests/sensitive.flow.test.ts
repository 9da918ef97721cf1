import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { prepare, type Ground } from "./support/install.ts";
import { closedLog, ended, start, stepOf, syncApp } from "./support/vendor.ts";
import { componentToml } from "./support/vendor-app.ts";

const password = "c0rrect-Horse.battery/staple";
const inner = "z9-root-pass-of-mine";

/** Every form in which the secrets are used below. */
const forms = [
  password,
  password.toUpperCase(),
  Buffer.from(password).toString("base64"),
  Buffer.from(password).toString("hex"),
  encodeURIComponent(password),
  // What `trunc 11` leaves of it.
  password.slice(0, 11),
  inner,
  Buffer.from(inner).toString("base64"),
];

const safe = `
output "password" {
  value     = "${password}"
  sensitive = true
}
output "creds" {
  value     = jsonencode({ user = "root", pass = "${inner}" })
  sensitive = true
}
output "host" { value = "db.example" }
`;

/** Says of nothing that it is sensitive, prints all it is given and hands it on. */
const careless = `
variable "values" { type = map(string) }
resource "terraform_data" "this" {
  input            = var.values
  triggers_replace = [var.values]
  provisioner "local-exec" {
    command     = "echo given: $GIVEN"
    environment = { GIVEN = jsonencode(var.values) }
  }
}
resource "terraform_data" "each" {
  for_each = { (var.values["cut"]) = 1 }
  input    = base64encode(var.values["whole"])
}
output "handed_on" { value = var.values["upper"] }
output "host" { value = var.values["host"] }
`;

const ofSafe = (expression: string): string => `{{ ${expression.replaceAll("$", ".nuon.components.safe.outputs.")} }}`;
const json = (values: Record<string, string>): string =>
  `{${Object.entries(values)
    .map(([key, text]) => `"${key}":"${text}"`)
    .join(",")}}`;

const readme = `At {{ .nuon.components.safe.outputs.host }} with ${ofSafe("$password")} and ${ofSafe("$password | b64enc")}, ${ofSafe("$nothing")}`;

describe("what an output is marked sensitive for", () => {
  it("goes to the jobs that need it, whatever is made of it, and is nowhere to be read", { timeout: 240_000 }, async () => {
    await using ground = await prepare({ source: { "safe/main.tf": safe, "careless/main.tf": careless } });
    const { client, installId, app } = ground;
    await app.write({
      "metadata.toml": `version = "v2"\ndisplay_name = "Test app"\nreadme = ${JSON.stringify(readme)}\n`,
      "components/safe.toml": componentToml(app.repo, "safe", "safe"),
      "components/careless.toml": componentToml(app.repo, "careless", "careless", {
        values: json({
          whole: ofSafe("$password"),
          cut: ofSafe("$password | trunc 11"),
          upper: ofSafe("$password | upper"),
          inner: ofSafe("(fromJson $creds).pass | b64enc"),
          url: `pg://root:${ofSafe("$password | urlquery")}@${ofSafe("$host")}`,
          host: ofSafe("$host"),
        }),
      }),
      "components/broken.toml": `dependencies = ["careless"]\n${componentToml(app.repo, "broken", "careless", { values: ofSafe('fail (printf "not %s" $password)') })}`,
      "actions/say.toml": `
name = "say"
timeout = "30s"
[[triggers]]
type = "manual"
[[steps]]
name = "say"
inline_contents = """
#!/bin/sh
echo "I was told $TOLD"
printf '%s' "$TOLD" | base64
echo "told=$TOLD" >> "$NUON_ACTIONS_OUTPUT_FILEPATH"
echo "open=yes-everybody" >> "$NUON_ACTIONS_OUTPUT_FILEPATH"
exit 0
"""
[steps.env_vars]
TOLD = "${ofSafe("(fromJson $creds).pass")}"
`,
    });
    await syncApp(client, "shop", app.dir);
    const provision = await start(client, installId, { type: "provision", appConfig: "latest" });
    const failed = await ended(client, provision.id);
    expect(stepOf(failed, "component:careless/apply").state, JSON.stringify(failed.steps)).toBe("succeeded");
    expect(stepOf(failed, "component:broken/plan").failure?.detail).toMatch(/sensitive/);
    await ended(client, (await start(client, installId, { type: "drift_check", targets: ["component:careless"] })).id);
    const run = await client.call("actions.run", { params: { installId, action: "say" }, body: {} });
    await ended(client, run.workflowId ?? "");

    // The job had them, and what is not sensitive is there to be read.
    const install = await client.call("installs.get", { params: { installId } });
    expect(install.targets.find(({ target }) => target === "component:careless")).toMatchObject({
      outputs: { host: "db.example" },
      sensitiveOutputs: ["handed_on"],
    });
    const state = await client.call("installs.state.get", { params: { installId }, query: {} });
    expect(state.content).toMatchObject({
      components: {
        safe: { outputs: { host: "db.example", password: "(sensitive value)", creds: "(sensitive value)" } },
        careless: { outputs: { handed_on: "(sensitive value)" } },
      },
      inputs: { inputs: { key: "(sensitive value)" } },
      actions: {
        workflows: {
          say: { outputs: { told: "(sensitive value)", open: "yes-everybody", steps: { say: { told: "(sensitive value)" } } } },
        },
      },
    });
    expect(await client.call("installs.readme", { params: { installId } })).toEqual({
      markdown:
        "At db.example with ⟨.nuon.components.safe.outputs.password: sensitive⟩ and ⟨.nuon.components.safe.outputs.password | b64enc: sensitive⟩, ⟨.nuon.components.safe.outputs.nothing: not known⟩",
      missing: [
        ".nuon.components.safe.outputs.password",
        ".nuon.components.safe.outputs.password | b64enc",
        ".nuon.components.safe.outputs.nothing",
      ],
    });

    const seen = await everythingToRead(ground);
    expect(seen.get("logs")).toContain("given: ");
    expect(seen.get("logs")).toContain("I was told [redacted]");
    expect(seen.get("plans")).toContain("terraform_data.this");
    for (const [place, text] of seen) for (const form of forms) expect(text.includes(form), `${form} in ${place}`).toBe(false);
  });
});

/** All that the API shows of an install, all that is stored of it, and what the processes have logged, as text by place. */
async function everythingToRead({ client, installId, stack }: Ground): Promise<Map<string, string>> {
  const jobs = await allOf(client.pages("jobs.list", { query: { installId } }));
  const versions = await allOf(client.pages("installs.state.versions", { params: { installId } }));
  const workflows = await allOf(client.pages("workflows.list", { query: { installId } }));
  const runs = await allOf(client.pages("actions.runs.list", { params: { installId }, query: {} }));
  const db = new pg.Client({ connectionString: stack.databaseUrl });
  await db.connect();
  const tables = await db.query<{ name: string }>("select table_name as name from information_schema.tables where table_schema = 'public'");
  const rows: string[] = [];
  for (const { name } of tables.rows) {
    const found = await db.query<{ row: string }>(`select to_jsonb(t)::text as row from "${name}" t`);
    rows.push(...found.rows.map(({ row }) => row));
  }
  const plans = await db.query<{ id: string }>("select id from plans");
  await db.end();
  const logDir = join(stack.dir, "logs");
  return new Map([
    ["the database", rows.join("\n")],
    ["logs", (await Promise.all(jobs.map(({ logStreamId }) => closedLog(client, logStreamId)))).join("\n")],
    ["plans", JSON.stringify(await Promise.all(plans.rows.map(({ id: planId }) => client.call("plans.display", { params: { planId } }))))],
    ["jobs", JSON.stringify(await Promise.all(jobs.map(({ id: jobId }) => client.call("jobs.get", { params: { jobId } }))))],
    [
      "workflows",
      JSON.stringify(await Promise.all(workflows.map(({ id: workflowId }) => client.call("workflows.get", { params: { workflowId } })))),
    ],
    ["runs", JSON.stringify(await Promise.all(runs.map(({ id: runId }) => client.call("actions.runs.get", { params: { runId } }))))],
    ["events", JSON.stringify(await client.call("events.list", { query: { limit: 200 } }))],
    ["drift", JSON.stringify(await allOf(client.pages("drift.list", { query: { installId, state: "all" } })))],
    ["the install", JSON.stringify(await client.call("installs.get", { params: { installId } }))],
    [
      "states",
      JSON.stringify(
        await Promise.all(
          versions.flatMap(({ version }) => [
            client.call("installs.state.get", { params: { installId }, query: { version } }),
            client.call("installs.state.diff", { params: { installId }, query: { to: version } }),
          ]),
        ),
      ),
    ],
    ["logs of the processes", (await Promise.all((await readdir(logDir)).map((name) => readFile(join(logDir, name), "utf8")))).join("\n")],
  ]);
}

async function allOf<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of pages) items.push(item);
  return items;
}
