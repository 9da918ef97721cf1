import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { promisify } from "node:util";
import { AppError } from "@berth/kit/errors";

const run = promisify(execFile);

/** A program that builds images from Dockerfiles. */
export type BuildTool = { kind: "buildx" | "buildah"; path: string };

/** A builder of our own: the daemon's default one can neither write images to disk nor keep a cache there. */
export const buildxBuilder = "berth";
const createBuilder = ["buildx", "create", "--name", buildxBuilder, "--driver", "docker-container", "--bootstrap"];
// The first time, the builder's own image is pulled.
const patienceMs = 120_000;

/**
 * The program of this builder: `docker buildx` where it and its daemon answer, else `buildah`.
 * @throws AppError `unavailable` with `reason: "tool_missing"` that names both
 */
export async function findBuildTool(env: Readonly<Record<string, string>>, signal: AbortSignal): Promise<BuildTool> {
  const docker = onPath("docker", env);
  if (docker !== undefined) {
    const builder =
      (await works(docker, ["buildx", "inspect", buildxBuilder], env, signal)) || (await works(docker, createBuilder, env, signal));
    if (builder) return { kind: "buildx", path: docker };
  }
  const buildah = onPath("buildah", env);
  if (buildah !== undefined && (await works(buildah, ["--version"], env, signal))) return { kind: "buildah", path: buildah };
  throw new AppError(
    "unavailable",
    "This builder has neither docker with buildx and a running daemon nor buildah. Install one of them on the machine of the role builder, then retry the build",
    { reason: "tool_missing", transient: false },
  );
}

async function works(path: string, args: readonly string[], env: Readonly<Record<string, string>>, signal: AbortSignal): Promise<boolean> {
  try {
    await run(path, args, { env, signal, timeout: patienceMs });
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

function onPath(name: string, env: Readonly<Record<string, string>>): string | undefined {
  const dirs = (env["PATH"] ?? "").split(delimiter).filter(isAbsolute);
  return dirs.map((dir) => join(dir, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
