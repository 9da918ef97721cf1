import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { compile, render } from "@berth/template/template";
import { dependencyGraph } from "@berth/toml-schema/graph";
import { loadApp } from "@berth/toml-schema/load";
import { largeApp } from "@berth/toml-schema/testing/large-app";
import { writeApp } from "@berth/toml-schema/testing/write-app";
import { root } from "../run-step.ts";
import { atLeast, atMost, type Figure } from "./figure.ts";

const rounds = 5;
const renderMs = 2000;

/** Real app directories, kept beside the repository. */
const corpus = join(root, "../shared/corpus");

/** Validating real apps and a large one, each in this one process from cold on (the worst round counts), and rendering compiled templates. */
export async function measure(): Promise<Figure[]> {
  const figures: Figure[] = [];
  if (existsSync(corpus)) figures.push(await measureCorpus());
  else process.stderr.write(`${corpus} is not there: config.corpus is left out\n`);
  figures.push(await measureLarge(), measureRender());
  return figures;
}

async function measureCorpus(): Promise<Figure> {
  const apps = readdirSync(corpus);
  const seconds = await worst(async () => {
    for (const app of apps) await mustLoad(join(corpus, app));
  });
  return atMost(2, { name: "config.corpus", value: seconds, unit: "s", n: rounds });
}

async function measureLarge(): Promise<Figure> {
  await using app = await writeApp(largeApp({ components: 1000, references: 5, inputs: 200 }));
  const seconds = await worst(async () => {
    const config = await mustLoad(app.dir);
    const references = config.components.flatMap((component) => component.references).length;
    const { order } = dependencyGraph(config);
    if (references !== 5000 || order.length !== 1000) throw new Error(`${order.length} components with ${references} references`);
  });
  return atMost(1, { name: "config.large", value: seconds, unit: "s", n: rounds });
}

async function mustLoad(dir: string) {
  const { config, diagnostics } = await loadApp({ dir, offline: true });
  if (!config) throw new Error(`${dir} is not valid: ${diagnostics[0]?.message ?? "?"}`);
  return config;
}

/** The longest of some rounds, in seconds. */
async function worst(work: () => Promise<void>): Promise<number> {
  let longest = 0;
  for (let round = 0; round < rounds; round++) {
    const begin = performance.now();
    await work();
    longest = Math.max(longest, performance.now() - begin);
  }
  return longest / 1000;
}

/** The sorts of templates that real apps have most of. */
const templates = [
  "{{ .nuon.install.id }}",
  "https://{{ .nuon.inputs.inputs.sub_domain }}.{{ .nuon.sandbox.outputs.public_domain.name }}",
  `{{ .nuon.sandbox.outputs.subnets | join "," }}`,
  `{{ if eq "true" .nuon.inputs.inputs.public }}internet-facing{{ else }}internal{{ end }}`,
  "{{ .nuon.components.image.outputs.image.repository }}:{{ .nuon.components.image.outputs.image.tag }}",
].map((text) => compile(text));

function measureRender(): Figure {
  const tree = {
    install: { id: "inl0123456789" },
    inputs: { inputs: { sub_domain: "api", public: "true" } },
    sandbox: { outputs: { public_domain: { name: "acme.example" }, subnets: ["subnet-1", "subnet-2", "subnet-3"] } },
    components: { image: { outputs: { image: { repository: "registry.example/api", tag: "1.2.3" } } } },
  };
  const data = { nuon: tree, berth: tree };
  const now = new Date();
  const spin = (ms: number): number => {
    const begin = performance.now();
    let count = 0;
    while (performance.now() - begin < ms) {
      for (const template of templates) render(template, data, { now });
      count += templates.length;
    }
    return (count / (performance.now() - begin)) * 1000;
  };
  spin(renderMs / 4);
  const perSecond = spin(renderMs);
  return atLeast(50_000, { name: "config.render", value: perSecond, unit: "1/s", n: Math.round((perSecond * renderMs) / 1000) });
}
