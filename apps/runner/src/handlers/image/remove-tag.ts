import { AppError, messageOf } from "@berth/kit/errors";
import type { InstallRegistry } from "@berth/protocol/job-spec";
import { patiently } from "../../artifact/patiently.ts";
import { openInstallRegistry } from "../../registry/open-registry.ts";
import { JobFailure, type JobContext } from "../handler.ts";

/**
 * Takes the tag of an image away from the install's registry; the registry cleans up layers by its own rules. One that is gone, and a registry that lets
 * nobody take tags away, are fine: the log says so.
 * @throws JobFailure `copy_failed` where the registry can't be asked
 */
export async function removeTag(ctx: JobContext, input: { mirror: InstallRegistry; tag: string }): Promise<void> {
  const { mirror, tag } = input;
  const where = `${new URL(mirror.url).host}/${mirror.repository}:${tag}`;
  try {
    await patiently(ctx, async () => {
      const { client, repository } = await openInstallRegistry(ctx, mirror);
      if (!(await client.headManifest({ repository, reference: tag, signal: ctx.signal }))) {
        await ctx.spool.line(`[berth] ${where} is gone already`);
        return;
      }
      await client.deleteManifest({ repository, tag, signal: ctx.signal });
      await ctx.spool.line(`[berth] took away ${where}`);
    });
  } catch (error) {
    const status = error instanceof AppError ? error.meta["status"] : undefined;
    const notAllowed = error instanceof AppError && (error.code === "forbidden" || status === 400 || status === 405);
    if (!notAllowed)
      throw new JobFailure("copy_failed", `The tag ${where} could not be taken away: ${messageOf(error)}. Check the registry, then retry.`);
    await ctx.spool.line(`[berth] the registry lets nobody take tags away; ${where} stays: ${messageOf(error)}`);
  }
}
