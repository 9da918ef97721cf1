import { sql, type SqlBool } from "kysely";
import type { Ctx } from "../context.ts";
import { decodeCursor, toPage } from "../http/page.ts";
import { healthOfInstalls } from "../health/get-install.ts";
import { healthOf, healthSummary } from "../health/of-install.ts";
import { parseSelector, type LabelCondition } from "./selector.ts";
import { installView } from "./view.ts";

/** Installs of the org, newest first, each with its health; forgotten ones are left out. */
export async function listInstalls({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { cursor?: string | undefined; limit: number; appId?: string | undefined; name?: string | undefined; labels?: string | undefined };
}) {
  const after = decodeCursor(input.cursor, ["time", "string"]);
  const { appId, name } = input;
  const rows = await ctx.db
    .selectFrom("installs")
    .selectAll()
    .where("org_id", "=", ctx.orgId)
    .$if(ctx.onlyInstall !== undefined, (query) => query.where("id", "=", ctx.onlyInstall ?? ""))
    .where("forgotten_at", "is", null)
    .$if(appId !== undefined, (query) => query.where("app_id", "=", appId ?? ""))
    .$if(name !== undefined, (query) => query.where("name", "=", name ?? ""))
    .$if(input.labels !== undefined && ctx.onlyInstall === undefined, (query) =>
      query.where((eb) => eb.and(parseSelector(input.labels ?? "").map((each) => matches(each)))),
    )
    .$if(after !== undefined, (query) => query.where((eb) => eb(eb.refTuple("created_at", "id"), "<", eb.tuple(after![0], after![1]))))
    .orderBy("created_at", "desc")
    .orderBy("id", "desc")
    .limit(input.limit + 1)
    .execute();
  const health = await healthOfInstalls(ctx, rows);
  return toPage({
    rows,
    limit: input.limit,
    keysOf: (row) => [row.created_at.toISOString(), row.id],
    toItem: (row) => ({ ...installView(row, ctx), health: healthSummary(health.get(row.id) ?? healthOf([], [])) }),
  });
}

/** A condition on labels as SQL; the same as `fitsLabels`. */
function matches(condition: LabelCondition) {
  const { label } = condition;
  switch (condition.is) {
    case "there":
      return sql<SqlBool>`jsonb_exists(labels, ${label})`;
    case "absent":
      return sql<SqlBool>`not jsonb_exists(labels, ${label})`;
    case "one_of":
      return sql<SqlBool>`coalesce(labels ->> ${label} = any(${[...condition.values]}), false)`;
    case "none_of":
      return sql<SqlBool>`not coalesce(labels ->> ${label} = any(${[...condition.values]}), false)`;
  }
}
