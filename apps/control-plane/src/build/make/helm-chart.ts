import { mkdir, mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@berth/kit/errors";
import type { BuildFacts } from "../../db/schema.ts";
import type { ChartAddress, FetchedChart } from "../chart/chart-address.ts";
import { fetchChart } from "../chart/fetch-chart.ts";
import type { ChartMetadata } from "../chart/metadata.ts";
import { pushChart } from "../chart/push-chart.ts";
import { readChart } from "../chart/read-chart.ts";
import { stageChart } from "../chart/stage-chart.ts";
import { tryRender } from "../chart/try-render.ts";
import { unpackChart } from "../chart/unpack-chart.ts";
import type { Vendored, VendorContext } from "../chart/vendor-dependencies.ts";
import type { Maker, MakeInput } from "./maker.ts";
import { patiently } from "./patiently.ts";
import { openTargetRepository } from "./target-repository.ts";
import { withSource } from "./with-source.ts";

type Ready = { metadata: ChartMetadata; archive: { path: string; digest: string; size: number }; facts: BuildFacts };

/** A Helm chart from git, a Helm repository or an OCI registry, with all its dependencies in it, stored as `helm push` does. */
export const makeHelmChart: Maker<"helm_chart"> = async (input, { component }) => {
  const { say, onStage, signal, build } = input;
  onStage("source");
  const ready = component.helmRepo ? await fromRepository(input, component.helmRepo) : await fromGit(input);
  const { metadata, archive, facts } = ready;
  say(`Chart ${metadata.name} ${metadata.version}: ${archive.size} bytes, ${archive.digest}`);
  if (metadata.deprecated === true) say(`Warning: chart ${metadata.name} is marked as deprecated`);
  await tryRender(input, archive.path);
  onStage("publish");
  return patiently(input, "to publish", async () => {
    const { repository, client } = await openTargetRepository(input);
    const published = await pushChart({ client, repository, tag: build.id, metadata, archive, signal });
    say(`Published ${repository}@${published.digest}`);
    return { ...published, repository, facts };
  });
};

function fromGit(input: MakeInput): Promise<Ready> {
  const directory = input.build.source?.directory ?? "";
  // The whole repository: dependencies by path and links may lie beside the chart.
  return withSource(
    input,
    async ({ dir, source }) => {
      const chart = await readChart(join(dir, directory), directory);
      const context = await openContext(input, dir);
      const staged = await stageChart({ chart, where: directory, context });
      return ready(staged.chart.metadata, staged.packed, staged.vendored, { commit: source.commit });
    },
    "",
  );
}

function fromRepository(input: MakeInput, address: ChartAddress): Promise<Ready> {
  return patiently(input, "to fetch the chart", async () => {
    const scratch = await makeScratch(input);
    const context = await openContext(input, scratch);
    const fetched = await context.fetch(address);
    const unpacked = join(scratch, "unpacked");
    const chart = await unpackChart({
      path: fetched.path,
      dir: unpacked,
      name: address.chart,
      version: fetched.version,
      signal: input.signal,
    });
    const staged = await stageChart({ chart, where: address.chart, context: { ...context, root: unpacked } });
    const found = { repository: address.repoUrl, upstreamDigest: fetched.digest };
    // Its own bytes where nothing had to be added: people can compare them with what the repository has.
    const archive = staged.vendored.every(({ from }) => from === "") ? fetched : staged.packed;
    return ready(staged.chart.metadata, archive, staged.vendored, found);
  });
}

function ready(metadata: ChartMetadata, archive: Ready["archive"], vendored: Vendored[], more: BuildFacts): Ready {
  if (metadata.type === "library")
    throw new AppError("unprocessable", `Chart ${metadata.name} is a library: other charts can use it, but it can't be installed`);
  const facts: BuildFacts = {
    chart: metadata.name,
    version: metadata.version,
    ...(metadata.appVersion ? { appVersion: metadata.appVersion } : {}),
    ...(vendored.length > 0 ? { dependencies: Object.fromEntries(vendored.map(({ name, version }) => [name, version])) } : {}),
    ...more,
  };
  return { metadata, archive, facts };
}

async function openContext(input: MakeInput, root: string): Promise<VendorContext> {
  const { say, signal } = input;
  const scratch = await makeScratch(input);
  const rules = { allowLocal: input.ctx.system.settings.allowLocalRepos };
  const known = new Map<string, Promise<FetchedChart>>();
  return {
    root,
    scratch,
    say,
    signal,
    fetch(address) {
      const key = JSON.stringify([address.repoUrl, address.chart, address.version]);
      const fetched = known.get(key) ?? fetchChart({ ...address, dir: scratch, rules, say, signal });
      known.set(key, fetched);
      return fetched;
    },
  };
}

async function makeScratch(input: MakeInput): Promise<string> {
  const parent = join(input.dir, "chart");
  await mkdir(parent, { recursive: true });
  return mkdtemp(join(parent, "work-"));
}
