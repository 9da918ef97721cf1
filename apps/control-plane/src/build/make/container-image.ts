import { createGuardedFetch } from "../download/guarded-fetch.ts";
import { makeContainerImage } from "../image/make-container-image.ts";
import type { Maker } from "./maker.ts";
import { patiently } from "./patiently.ts";
import { openTargetRepository } from "./target-repository.ts";

/** An image of another registry: resolved to a digest, verified, copied. */
export const makeImage: Maker<"container_image"> = (input, { component }) =>
  patiently(input, "to take the image", async () => {
    const { ctx, build, say, signal, onStage } = input;
    const push = await openTargetRepository(input);
    const fetch = createGuardedFetch({ allowLocal: ctx.system.settings.allowLocalRepos });
    const made = await makeContainerImage({ ctx, component, push, fetch, say, signal, tag: build.id, onStage });
    return { ...made, repository: push.repository };
  });
