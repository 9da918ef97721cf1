import { AppError } from "@berth/kit/errors";
import { newId } from "@berth/kit/ids";
import { transact, type Ctx } from "../context.ts";
import { recordEvent } from "../events/record.ts";
import { appView, type AppView } from "./view.ts";

/** Makes an app. @throws AppError `name_taken` */
export async function createApp({ ctx, input }: { ctx: Ctx; input: { name: string; displayName?: string | undefined } }): Promise<AppView> {
  return transact(ctx, async (inner) => {
    const row = await inner.db
      .insertInto("apps")
      .values({
        id: newId("app"),
        org_id: ctx.orgId,
        name: input.name,
        display_name: input.displayName ?? null,
        created_at: ctx.system.now(),
      })
      .onConflict((conflict) => conflict.columns(["org_id", "name"]).doNothing())
      .returning(["id", "name", "display_name", "created_at"])
      .executeTakeFirst();
    if (!row) throw new AppError("name_taken", `There is an app named ${input.name} already`);
    await recordEvent(inner, { subjectKind: "app", subjectId: row.id, event: "created", data: { name: row.name } });
    return appView({ ...row, config_id: null, config_version: null, config_created_at: null });
  });
}
