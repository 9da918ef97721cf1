import { AppError } from "@berth/kit/errors";
import { newId } from "@berth/kit/ids";
import { getApp } from "../apps/get.ts";
import { findConfig } from "../configs/queries.ts";
import { transact, type Ctx } from "../context.ts";
import { toJsonb } from "../db/jsonb.ts";
import { recordEvent } from "../events/record.ts";
import { createRunner } from "../runners/create.ts";
import { checkInputs } from "./check-inputs.ts";
import { enrolmentOf, type Enrolment } from "./enrolment.ts";
import { rebuildState } from "./rebuild-state.ts";
import { storeInputs } from "./store-inputs.ts";
import { installView, type InstallView } from "./view.ts";

export type CreateInstallInput = {
  /** Id or name. */
  appId: string;
  name: string;
  appConfigId?: string | undefined;
  inputs: Record<string, unknown>;
  labels: Record<string, string>;
  approveAll: boolean;
};

/**
 * Makes an install with its runner, which the customer enrols with what this returns. Deploys nothing.
 * @throws AppError `not_found` for the app or its config, `invalid_inputs`, `name_taken`
 */
export async function createInstall({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: CreateInstallInput;
}): Promise<{ install: InstallView; enrolment: Enrolment }> {
  const app = await getApp({ ctx, input });
  const config = await findConfig(ctx, { appId: app.id, version: input.appConfigId ?? "latest" });
  const values = checkInputs({ config: config.config, given: input.inputs });
  return transact(ctx, async (inner) => {
    const row = await inner.db
      .insertInto("installs")
      .values({
        id: newId("install"),
        org_id: ctx.orgId,
        app_id: app.id,
        app_config_id: config.id,
        name: input.name,
        state: "created",
        approve_all: input.approveAll,
        labels: toJsonb(input.labels),
        created_at: ctx.system.now(),
      })
      .onConflict((conflict) => conflict.columns(["org_id", "app_id", "name"]).where("forgotten_at", "is", null).doNothing())
      .returningAll()
      .executeTakeFirst();
    if (!row) throw new AppError("name_taken", `App ${app.name} has an install named ${input.name} already`);
    await storeInputs(inner, { installId: row.id, version: 1, values });
    await recordEvent(inner, {
      subjectKind: "install",
      subjectId: row.id,
      event: "created",
      installId: row.id,
      data: { name: row.name, appId: app.id, appConfigId: config.id, approveAll: row.approve_all },
    });
    const { runnerId, enrolToken } = await createRunner({ ctx: inner, input: { installId: row.id, name: input.name } });
    await rebuildState(inner, { installId: row.id, cause: "created" });
    const enrolment = enrolmentOf({ publicUrl: ctx.system.settings.publicUrl, runnerId, token: enrolToken });
    return { install: installView(row), enrolment };
  });
}
