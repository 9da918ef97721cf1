import { makeDockerBuild } from "../image/make-docker-build.ts";
import type { Maker } from "./maker.ts";
import { openTargetRepository } from "./target-repository.ts";
import { withSource } from "./with-source.ts";

/** An image built from a Dockerfile of the source tree. */
export const makeDockerImage: Maker<"docker_build"> = (input, { component }) =>
  withSource(input, async ({ dir }) => {
    const { ctx, build, say, signal, onStage } = input;
    const push = await openTargetRepository(input);
    onStage("publish");
    const made = await makeDockerBuild({ ctx, component, push, dir, say, signal, tag: build.id });
    return { ...made, repository: push.repository };
  });
