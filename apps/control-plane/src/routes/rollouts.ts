import { rolloutsContract } from "@berth/api/contract/rollouts";
import type { Ctx } from "../context.ts";
import { handle, type HttpApp } from "../http/handle.ts";
import { approveRing, haltRollout, pauseRollout, resumeRollout, retryInstall, rollBackRing, skipInstall } from "../rollouts/control.ts";
import { createRollout, previewRollout } from "../rollouts/create.ts";
import { getRollout, listRollouts } from "../rollouts/get.ts";

export function mountRolloutsRoutes(app: HttpApp): void {
  handle(app, rolloutsContract["rollouts.preview"], async ({ ctx, body }) => {
    const { config, rings, left } = await previewRollout({ ctx, input: body });
    const named = (installs: { id: string; name: string }[]) => installs.map(({ id, name }) => ({ installId: id, name }));
    return {
      version: config.version,
      rings: rings.map((members, index) => ({ name: body.rings[index]?.name ?? "", installs: named(members) })),
      left: named(left),
    };
  });
  handle(app, rolloutsContract["rollouts.create"], async ({ ctx, body }) =>
    getRollout({ ctx, input: { rolloutId: await createRollout({ ctx, input: body }) } }),
  );
  handle(app, rolloutsContract["rollouts.list"], ({ ctx, query }) => listRollouts({ ctx, input: query }));
  handle(app, rolloutsContract["rollouts.get"], ({ ctx, params }) => getRollout({ ctx, input: params }));
  const after = async (ctx: Ctx, rolloutId: string, work: Promise<void>) => {
    await work;
    return getRollout({ ctx, input: { rolloutId } });
  };
  for (const [name, verb] of [
    ["rollouts.pause", pauseRollout],
    ["rollouts.resume", resumeRollout],
    ["rollouts.halt", haltRollout],
  ] as const) {
    handle(app, rolloutsContract[name], ({ ctx, params, body }) =>
      after(ctx, params.rolloutId, verb({ ctx, input: { ...params, ...body } })),
    );
  }
  for (const [name, verb] of [
    ["rollouts.approveRing", approveRing],
    ["rollouts.rollBackRing", rollBackRing],
  ] as const) {
    handle(app, rolloutsContract[name], ({ ctx, params, body }) =>
      after(ctx, params.rolloutId, verb({ ctx, input: { ...params, ...body } })),
    );
  }
  for (const [name, verb] of [
    ["rollouts.skipInstall", skipInstall],
    ["rollouts.retryInstall", retryInstall],
  ] as const) {
    handle(app, rolloutsContract[name], ({ ctx, params, body }) =>
      after(ctx, params.rolloutId, verb({ ctx, input: { ...params, ...body } })),
    );
  }
}
