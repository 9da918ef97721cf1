import { execFile } from "node:child_process";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ApiClient } from "@berth/api/client";
import { ended, start } from "../../tests/support/vendor.ts";
import { componentToml, type VendorApp } from "../../tests/support/vendor-app.ts";
import { atMost, percentile, type Figure } from "./figure.ts";
import { benchGround } from "./ground.ts";

const run = promisify(execFile);
const rounds = 9;

const trivial = `
variable "value" { type = string }
resource "terraform_data" "this" { input = var.value }
output "value" { value = terraform_data.this.output }
`;

/** Deploys a trivial component through Berth and by hand with the same terraform commands, in turns; the ratio of each pair. */
export async function measure(): Promise<Figure[]> {
  await using ground = await benchGround();
  const { installId, app } = await ground.install({ source: { "trivial/main.tf": trivial } });
  await addComponent(ground.client, app);
  const provision = await ended(ground.client, (await start(ground.client, installId, { type: "provision", appConfig: "latest" })).id);
  if (provision.state !== "succeeded") throw new Error(`Provision ${provision.state}: ${provision.failure?.detail}`);

  const hand = join(ground.dir, "by-hand");
  await mkdir(hand);
  await cp(join(app.repo.dir, "trivial"), hand, { recursive: true });
  const ratios: number[] = [];
  const berth: number[] = [];
  const plain: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const byBerth = await throughBerth(ground.client, installId, `round ${round}`);
    const byHand = await throughHands(hand, `round ${round}`);
    // The first pair warms caches.
    if (round === 0) continue;
    berth.push(byBerth);
    plain.push(byHand);
    ratios.push(byBerth / byHand);
  }
  const n = ratios.length;
  return [
    atMost(2, { name: "overhead.terraform", value: percentile(ratios, 0.5), unit: "×", n }),
    { name: "overhead.terraform.berth", value: percentile(berth, 0.5), unit: "ms", n, ok: true },
    { name: "overhead.terraform.plain", value: percentile(plain, 0.5), unit: "ms", n, ok: true },
  ];
}

async function addComponent(client: ApiClient, app: VendorApp): Promise<void> {
  const { syncApp } = await import("../../tests/support/vendor.ts");
  await app.write({
    "components/trivial.toml": componentToml(app.repo, "trivial", "trivial", { value: "{{ .nuon.inputs.inputs.greeting }}" }),
    // Only the trivial component depends on the input, so that an update deploys it and nothing else.
    "components/left.toml": componentToml(app.repo, "left", "trivial", { value: "left" }),
  });
  await syncApp(client, "bench", app.dir);
}

async function throughBerth(client: ApiClient, installId: string, value: string): Promise<number> {
  await client.call("installs.inputs.update", { params: { installId }, body: { values: { greeting: value }, deploy: false } });
  const begin = performance.now();
  const workflow = await start(client, installId, { type: "deploy", components: ["trivial"], withDependents: false });
  for await (const event of client.stream("workflows.events", { params: { workflowId: workflow.id } })) void event;
  const done = await ended(client, workflow.id);
  const took = performance.now() - begin;
  const planned = done.steps.find((step) => step.key === "component:trivial/plan")?.plan?.hasChanges;
  if (done.state !== "succeeded" || planned !== true)
    throw new Error(`The deploy ${done.state}, changes: ${planned}: ${done.failure?.detail}`);
  return took;
}

/** What a person would type: a fresh directory each time, the state kept beside it. */
async function throughHands(dir: string, value: string): Promise<number> {
  const work = join(dir, `work-${value.replaceAll(" ", "-")}`);
  await mkdir(work);
  await cp(join(dir, "main.tf"), join(work, "main.tf"));
  await writeFile(join(work, "backend.tf"), `terraform {\n  backend "local" { path = "${join(dir, "shared.tfstate")}" }\n}\n`);
  const terraform = (...args: string[]): Promise<unknown> =>
    run("terraform", args, { cwd: work, env: { ...process.env, TF_IN_AUTOMATION: "1", TF_VAR_value: value } });
  const begin = performance.now();
  await terraform("init", "-input=false");
  await terraform("plan", "-input=false", "-out=plan.tfplan");
  await terraform("show", "-json", "plan.tfplan");
  await terraform("apply", "-input=false", "plan.tfplan");
  await terraform("output", "-json");
  return performance.now() - begin;
}
