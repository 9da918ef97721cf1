import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { join, sep } from "node:path";
import { AppError } from "@berth/kit/errors";
import type { Published } from "@berth/oci/artifact";
import type { Ctx } from "../../context.ts";
import { buildxBuilder, findBuildTool, type BuildTool } from "./build-tool.ts";
import type { DockerBuildComponent } from "./component-types.ts";
import type { PushPlace } from "./copy-image.ts";
import { pushLayout } from "./push-layout.ts";
import { runBuildTool } from "./run-build-tool.ts";

/** How the programs work on this builder. Absent: as they are set up. */
export type DockerBuildOptions = {
  platforms?: readonly string[];
  buildah?: { isolation?: string; storageDriver?: string };
  /** Which program; default: the first that works. */
  tool?: BuildTool;
};

/** An image that was built, in the registry that builds publish to. */
export type BuiltImage = Published & { facts: { resolvedDigest: string; tool: string } };

/**
 * Builds an image from a Dockerfile of a source tree, and pushes it from disk: the program gets no credentials, and of this process's environment only what
 * tools may see. Layers are kept between builds of the same repository.
 * @param input.dir the checked-out source directory, which is the build's context
 * @throws AppError with `reason` in its meta: `tool_missing` or `build_failed`
 */
export async function makeDockerBuild(input: {
  ctx: Pick<Ctx, "system">;
  component: DockerBuildComponent;
  push: PushPlace;
  dir: string;
  say: (line: string) => void;
  signal: AbortSignal;
  tag: string;
  options?: DockerBuildOptions;
}): Promise<BuiltImage> {
  const { ctx, component, push, say, signal, tag, options = {} } = input;
  const { settings } = ctx.system;
  const cache = join(settings.dataDir, "image-cache");
  await mkdir(cache, { recursive: true, mode: 0o700 });
  const scratch = await mkdtemp(join(settings.dataDir, "image-"));
  try {
    return await build();
  } finally {
    await rm(scratch, { recursive: true, force: true, maxRetries: 3 });
  }

  async function build(): Promise<BuiltImage> {
    const home = join(scratch, "home");
    await mkdir(home, { mode: 0o700 });
    // HOME holds what programs know of registries and people; this one is empty.
    await writeFile(join(home, "config.json"), "{}");
    const places = {
      HOME: home,
      XDG_RUNTIME_DIR: home,
      TMPDIR: scratch,
      DOCKER_CONFIG: home,
      BUILDX_CONFIG: join(cache, "buildx-config"),
    };
    const env = { ...settings.toolEnv, ...places };
    const tool = options.tool ?? (await findBuildTool(env, signal));
    const dockerfile = await pathInside(input.dir, component.dockerfile);
    const layout = join(scratch, "layout");
    say(`Building ${component.dockerfile}${component.target === undefined ? "" : `, target ${component.target}`}, with ${tool.kind}`);
    const job = { component, dockerfile, context: input.dir, layout, cache, options };
    for (const args of tool.kind === "buildx" ? buildxCommands(job, push) : buildahCommands(job, join(scratch, "run"), tag)) {
      const what =
        `${tool.kind === "buildx" ? "docker buildx" : "buildah"} ${args.find((arg) => arg === "build" || arg === "push") ?? ""}`.trim();
      await runBuildTool({ path: tool.path, args, cwd: input.dir, env, what, say, signal });
    }
    const published = await pushLayout({ dir: layout, push, tag, signal });
    say(`Published ${push.repository}@${published.digest}`);
    return { ...published, facts: { resolvedDigest: published.digest, tool: tool.kind } };
  }
}

type Job = {
  component: DockerBuildComponent;
  dockerfile: string;
  context: string;
  layout: string;
  cache: string;
  options: DockerBuildOptions;
};

/** Flags that both programs know. */
function sharedFlags({ component, dockerfile, options }: Job): string[] {
  // Variables of the config are build arguments too: that is how an ARG of a Dockerfile gets them.
  const args = Object.entries({ ...component.envVars, ...component.buildArgs });
  return [
    "--file",
    dockerfile,
    ...(component.target === undefined ? [] : ["--target", component.target]),
    ...args.flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]),
    ...(options.platforms === undefined ? [] : ["--platform", options.platforms.join(",")]),
  ];
}

function buildxCommands(job: Job, push: PushPlace): string[][] {
  const cache = join(job.cache, "buildx", push.repository.replaceAll("/", "_"));
  return [
    [
      "buildx",
      "build",
      "--builder",
      buildxBuilder,
      ...sharedFlags(job),
      "--provenance=false",
      "--progress=plain",
      `--cache-from=type=local,src=${cache}`,
      `--cache-to=type=local,dest=${cache},mode=max`,
      `--output=type=oci,dest=${job.layout},tar=false`,
      job.context,
    ],
  ];
}

function buildahCommands(job: Job, runRoot: string, tag: string): string[][] {
  const { buildah = {} } = job.options;
  const storage = [
    "--root",
    join(job.cache, "buildah"),
    "--runroot",
    runRoot,
    ...(buildah.storageDriver === undefined ? [] : ["--storage-driver", buildah.storageDriver]),
  ];
  const several = (job.options.platforms?.length ?? 0) > 1;
  const name = `berth.local/build:${tag.toLowerCase()}`;
  const build = [
    ...storage,
    "build",
    ...sharedFlags(job),
    "--layers",
    "--format",
    "oci",
    ...(buildah.isolation === undefined ? [] : ["--isolation", buildah.isolation]),
    several ? "--manifest" : "--tag",
    name,
    job.context,
  ];
  const copy = [...storage, ...(several ? ["manifest", "push", "--all"] : ["push"]), name, `oci:${job.layout}`];
  return [build, copy];
}

/** A file of the source tree. @throws AppError where there is none, or it is elsewhere by way of `..` or links */
async function pathInside(dir: string, path: string): Promise<string> {
  const root = await realpath(dir);
  const real = await realpath(join(root, path)).catch(() => undefined);
  if (real === undefined) throw new AppError("unprocessable", `There is no ${path} in the source directory`);
  if (!real.startsWith(root + sep)) throw new AppError("unprocessable", `${path} is outside of the source directory`);
  return real;
}
