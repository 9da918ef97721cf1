import { newId } from "@berth/kit/ids";
import type { System } from "../context.ts";
import { hashToken } from "../tokens/secret.ts";

/** Makes the org and its token that the settings name, where they do not exist yet. Safe from several replicas and at every start. */
export async function bootstrapOrg(system: System, input: { org: string; token: string }): Promise<void> {
  const now = system.now();
  await system.db.transaction().execute(async (tx) => {
    await tx
      .insertInto("orgs")
      .values({ id: newId("org"), name: input.org, created_at: now })
      .onConflict((conflict) => conflict.column("name").doNothing())
      .execute();
    const org = await tx.selectFrom("orgs").select("id").where("name", "=", input.org).executeTakeFirstOrThrow();
    await tx
      .insertInto("api_tokens")
      .values({ id: newId("token"), org_id: org.id, name: "bootstrap", token_hash: hashToken(input.token), created_at: now })
      .onConflict((conflict) => conflict.column("token_hash").doNothing())
      .execute();
  });
}
