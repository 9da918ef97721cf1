import { AppError } from "@berth/kit/errors";
import type { Ctx } from "../context.ts";
import { selectApps } from "./queries.ts";
import { appView, type AppView } from "./view.ts";

/** An app by id or name. @throws AppError `not_found` */
export async function getApp({ ctx, input }: { ctx: Ctx; input: { appId: string } }): Promise<AppView> {
  const row = await selectApps(ctx)
    .where((eb) => eb.or([eb("apps.id", "=", input.appId), eb("apps.name", "=", input.appId)]))
    // An app may have been named like another's id: the id wins.
    .orderBy((eb) => eb("apps.id", "=", input.appId), "desc")
    .executeTakeFirst();
  if (!row) throw new AppError("not_found", `There is no app ${input.appId}`);
  return appView(row);
}
