import type { Component } from "@berth/toml-schema/app-config";
import { artifactRef, defaultTimeoutSeconds, invalid, type RenderedSpec, type RenderInput } from "./rendered.ts";

/** An image that the install's cluster can pull: copied to the install's registry, or left where builds put it. */
export function renderImage(given: RenderInput, component: Extract<Component, { type: "container_image" | "docker_build" }>): RenderedSpec {
  const { ctx, build, target, destroy } = given;
  if (!build?.artifact) return invalid(`The build of ${target} has no artifact`);
  const displayTag = build.facts?.["displayTag"];
  return {
    spec: {
      kind: "image.sync",
      target,
      source: artifactRef(ctx, build.artifact, given.registry),
      publicHost: new URL(ctx.system.settings.publicUrl).host,
      tag: build.id,
      ...(typeof displayTag === "string" ? { displayTag } : {}),
      destroy,
    },
    timeoutSeconds: component.deployTimeoutSeconds || defaultTimeoutSeconds,
  };
}
