import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { createRegistryClient, type RegistryClient } from "@berth/oci/client";
import { startDockerRegistry, type TestDockerRegistry } from "@berth/testkit/docker-registry";
import { findProgram, itNeeds } from "@berth/testkit/programs";
import { afterEach, beforeEach, describe, expect } from "vitest";
import type { System } from "../../context.ts";
import type { DockerBuildComponent } from "./component-types.ts";
import { makeDockerBuild, type BuiltImage, type DockerBuildOptions } from "./make-docker-build.ts";

const itWithBuildah = itNeeds("docker-registry", "buildah");
const itWithRegistry = itNeeds("docker-registry");
const repository = "org1/app1/component/web";
const options: DockerBuildOptions = {
  tool: { kind: "buildah", path: findProgram("buildah") ?? "" },
  buildah: { isolation: "chroot", storageDriver: "vfs" },
};
let registry: TestDockerRegistry;
let client: RegistryClient;
let work: string;
let said: string[];
beforeEach(async () => {
  registry = await startDockerRegistry();
  client = createRegistryClient({ url: registry.url });
  work = await mkdtemp(join(tmpdir(), "berth-docker-"));
  await mkdir(join(work, "src"));
  said = [];
});
afterEach(async () => {
  await registry[Symbol.asyncDispose]();
  await rm(work, { recursive: true, force: true });
});

async function build(
  more: Partial<DockerBuildComponent> = {},
  input: { options?: DockerBuildOptions; path?: string; signal?: AbortSignal } = {},
): Promise<BuiltImage> {
  const component = {
    type: "docker_build",
    name: "web",
    dockerfile: "Dockerfile",
    buildArgs: {},
    envVars: {},
    ...more,
  } as DockerBuildComponent;
  const toolEnv = { PATH: input.path ?? process.env["PATH"] ?? "" };
  return makeDockerBuild({
    ctx: { system: { settings: { dataDir: join(work, "data"), toolEnv } } as unknown as System },
    component,
    push: { client, repository },
    dir: join(work, "src"),
    say: (line) => said.push(line),
    signal: input.signal ?? AbortSignal.timeout(120_000),
    tag: "bld1",
    ...(input.options === undefined ? { options } : { options: input.options }),
  });
}

async function configOf(digest: string): Promise<{ config: { Env?: string[]; Labels?: Record<string, string> }; layers: string[] }> {
  const { manifest } = await client.getManifest({ repository, reference: digest });
  if (manifest.kind !== "image") throw new Error("not an image");
  const read = async (blob: string): Promise<Buffer> => buffer(await client.getBlob({ repository, digest: blob }));
  const { config } = JSON.parse((await read(manifest.value.config.digest)).toString()) as { config: object };
  const layers = await Promise.all(manifest.value.layers.map(async (layer) => gunzipSync(await read(layer.digest)).toString("latin1")));
  return { config, layers };
}

describe("a docker build", () => {
  itWithBuildah("makes an image of a Dockerfile's target with its arguments, and again from its cache", async () => {
    await writeFile(
      join(work, "src", "Dockerfile"),
      'FROM scratch AS base\nARG GREETING\nARG WHO\nENV MESSAGE="$GREETING $WHO"\nCOPY hello.txt /hello.txt\nFROM base AS other\nLABEL stage=other\n',
    );
    await writeFile(join(work, "src", "hello.txt"), "hello from the tree");
    const input = { target: "base", buildArgs: { GREETING: "good day" }, envVars: { GREETING: "lost", WHO: "world" } };
    const built = await build(input);
    const { config, layers } = await configOf(built.digest);
    expect(config.Env).toContain("MESSAGE=good day world");
    expect(config.Labels?.["stage"]).toBeUndefined();
    expect(layers.join("")).toContain("hello from the tree");
    expect(await client.headManifest({ repository, reference: "bld1" })).toMatchObject({ digest: built.digest });
    expect(built.facts).toEqual({ resolvedDigest: built.digest, tool: "buildah" });
    said.length = 0;
    expect((await build(input)).digest).toBe(built.digest);
    expect(said.join("\n")).toContain("Using cache");
  });

  itWithBuildah("that fails ends with what the program said last", async () => {
    await writeFile(join(work, "src", "Dockerfile"), "FROM scratch\nCOPY missing.txt /\n");
    await expect(build()).rejects.toMatchObject({
      code: "unprocessable",
      meta: { reason: "build_failed" },
      message: expect.stringMatching(/buildah build ended with exit code[\s\S]*missing\.txt/) as string,
    });
  });

  itWithRegistry("does not reach outside of its source, and says what is missing on the machine", async () => {
    await symlink("/etc/hostname", join(work, "src", "Dockerfile"));
    await expect(build()).rejects.toThrow(/Dockerfile is outside of the source directory/);
    await expect(build({ dockerfile: "other/Dockerfile" })).rejects.toThrow(/There is no other\/Dockerfile/);
    await expect(build({}, { options: {}, path: work })).rejects.toMatchObject({
      meta: { reason: "tool_missing" },
      message: expect.stringMatching(/docker with buildx.*buildah/) as string,
    });
  });

  itWithRegistry("gives the program nothing of this process's environment, and ends it when the build is stopped", async () => {
    await writeFile(join(work, "src", "Dockerfile"), "FROM scratch\n");
    const tool = join(work, "buildah");
    await writeFile(tool, `#!/bin/sh\n/usr/bin/env > ${work}/env\necho started\nexec /bin/sleep 600\n`);
    await chmod(tool, 0o755);
    const stop = new AbortController();
    const attempt = build({}, { options: { tool: { kind: "buildah", path: tool } }, signal: stop.signal });
    await expect.poll(() => said).toContain("started");
    stop.abort(new Error("stopped"));
    await expect(attempt).rejects.toThrow("stopped");
    const names = (await readFile(join(work, "env"), "utf8")).split("\n").map((line) => line.split("=")[0]);
    expect(
      names.filter(
        (name) =>
          name &&
          ![
            "PATH",
            "HOME",
            "XDG_RUNTIME_DIR",
            "TMPDIR",
            "DOCKER_CONFIG",
            "BUILDX_CONFIG",
            "BUILDX_CONFIG",
            "PWD",
            "_",
            "SHLVL",
            "OLDPWD",
          ].includes(name),
      ),
    ).toEqual([]);
  });
});
