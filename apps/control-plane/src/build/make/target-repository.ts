import type { RegistryClient } from "@berth/oci/client";
import { repositoryName } from "../repository-name.ts";
import type { MakeInput } from "./maker.ts";

/** The registry repository that a build's target has to itself, and a client that may push to it. */
export function openTargetRepository(input: MakeInput): Promise<{ repository: string; client: RegistryClient }> {
  const { ctx, build, registry, signal } = input;
  return registry.open(repositoryName({ orgId: ctx.orgId, appId: build.appId, target: build.target.target }), signal);
}
