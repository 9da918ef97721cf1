import type { ComponentOf, Specified, SpecInput } from "./spec-of.ts";
import { timeLimit, withPreparation } from "./time-limit.ts";

/** The copy of an image to the install's registry, or with `destroy` the end of its tag there. */
export function imageSpec(input: SpecInput<ComponentOf<"container_image" | "docker_build">>): Specified {
  const { displayTag: tag } = input.build.found;
  return {
    spec: {
      kind: "image.sync",
      target: input.target,
      source: input.artifact(),
      publicHost: input.publicHost,
      // Unique to the build, and good as a tag.
      tag: input.build.id,
      ...(typeof tag === "string" && tag.length <= 128 ? { displayTag: tag } : {}),
      destroy: input.destroy,
    },
    timeoutSeconds: withPreparation(timeLimit(input.entity.deployTimeoutSeconds, 900)),
  };
}
