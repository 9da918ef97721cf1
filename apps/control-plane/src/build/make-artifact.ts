import { join } from "node:path";
import { packDirectory } from "@berth/oci/pack";
import { publishArtifact, type Published } from "@berth/oci/artifact";
import { retry } from "@berth/kit/retry";
import { credentialFor } from "../configs/resolve-sources.ts";
import type { BuildTarget } from "../configs/targets.ts";
import type { Ctx } from "../context.ts";
import type { ResolvedSource } from "../db/schema.ts";
import { fetchCommit } from "../git/fetch-commit.ts";
import { parseRepo } from "../git/repo-url.ts";
import { openGit } from "../git/session.ts";
import { treeOf } from "../git/tree-of.ts";
import { checkTerraformModule } from "./check-terraform.ts";
import { checkoutLimits, checkoutTree } from "./checkout.ts";
import { isTransient, type BuildStage } from "./explain-failure.ts";
import type { PushRegistry } from "./push-registry.ts";
import { repositoryName } from "./repository-name.ts";

const repositoryBytes = 1024 ** 3;
const tries = 4;
const backoff = { baseMs: 1000, capMs: 15_000 };

export type MakeInput = {
  ctx: Ctx;
  build: { id: string; appId: string; target: BuildTarget; source: ResolvedSource };
  /** A directory for the builder's files; it exists and is removed by the caller. */
  dir: string;
  registry: PushRegistry;
  /** One line for the build's log. */
  say: (line: string) => void;
  /** Told what it is doing now. */
  onStage: (stage: BuildStage) => void;
  signal: AbortSignal;
};

/** Clones, packs and publishes: the same tree, recipe and repository give the same digest. What may pass by itself is tried again, with growing waits. */
export async function makeArtifact(input: MakeInput): Promise<Published & { repository: string }> {
  const { say, onStage, signal } = input;
  const patiently = <T>(what: string, work: (attempt: number) => Promise<T>): Promise<T> =>
    retry(
      async (attempt) => {
        if (attempt > 0) say(`Trying ${what} again (${attempt + 1} of ${tries})`);
        return work(attempt);
      },
      {
        tries,
        backoff,
        signal,
        retryable: (error) => {
          if (!isTransient(error) || signal.aborted) return false;
          say((error as Error).message);
          return true;
        },
      },
    );

  onStage("source");
  const layerPath = await patiently("to fetch the source", (attempt) => packSource(input, join(input.dir, `try-${attempt}`)));
  onStage("publish");
  return patiently("to publish", () => publish(input, layerPath));
}

async function packSource(input: MakeInput, dir: string): Promise<string> {
  const { ctx, build, say, onStage, signal } = input;
  const { source, target } = build;
  const repo = parseRepo(source.repo, { allowLocal: ctx.system.settings.allowLocalRepos });
  const credential = await credentialFor(ctx, target, repo);
  await using git = await openGit({ repo, settings: ctx.system.settings, dir, credential });
  say(`Fetching ${source.repo} at ${source.commit} (${source.ref})`);
  await fetchCommit({ git, commit: source.commit, ref: source.ref, filesToo: true, maxBytes: repositoryBytes, signal });
  const tree = await treeOf(git, { commit: source.commit, directory: source.directory }, signal);
  const { files, bytes, submodules } = await checkoutTree(git, tree, signal);
  say(`Packing ${files} files, ${bytes} bytes, from ${source.directory === "" ? "the root" : source.directory} (tree ${tree})`);
  if (submodules.length > 0) say(`Warning: submodules are not fetched: ${submodules.slice(0, 5).join(", ")}`);
  onStage("pack");
  if (target.recipe.kind === "terraform_module") await checkTerraformModule(git.dir, source);
  // Outside of the session's own directory, which goes away here.
  const out = join(input.dir, `layer-${tree}.tar.gz`);
  const packed = await packDirectory({
    dir: git.dir,
    out,
    limits: { entries: 2 * checkoutLimits.files, expandedBytes: 2 * checkoutLimits.bytes },
    signal,
  });
  say(`Packed ${packed.size} bytes, ${packed.digest}`);
  return out;
}

async function publish(input: MakeInput, layerPath: string): Promise<Published & { repository: string }> {
  const { ctx, build, registry, signal } = input;
  const name = repositoryName({ orgId: ctx.orgId, appId: build.appId, target: build.target.target });
  const { repository, client } = await registry.open(name, signal);
  const { kind, config } = build.target.recipe;
  const published = await publishArtifact({
    client,
    repository,
    kind,
    config: { ...config, tree: build.source.tree },
    layerPath,
    tag: build.id,
    signal,
  });
  input.say(`Published ${repository}@${published.digest}`);
  return { ...published, repository };
}
