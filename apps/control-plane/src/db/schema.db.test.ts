import { readFile, writeFile } from "node:fs/promises";
import { createTestDatabase } from "@berth/testkit/postgres";
import { describe, expect, it } from "vitest";
import { openDatabase } from "./client.ts";
import { describeSchema } from "./describe-schema.ts";
import { migrate } from "./migrate.ts";

const file = new URL("schema.sql", import.meta.url);

describe("migrations", () => {
  it("run once, safely from several replicas that start at the same time, and make the schema that schema.sql shows", async () => {
    await using database = await createTestDatabase();
    const replicas = Array.from({ length: 4 }, (_, index) =>
      openDatabase({ url: database.url, poolSize: 2, applicationName: `replica-${index}` }),
    );
    const ran = await Promise.all(replicas.map(({ db }) => migrate(db)));
    await Promise.all(replicas.map(({ db }) => db.destroy()));
    expect(ran.filter((names) => names.length > 0)).toHaveLength(1);

    const schema = await describeSchema(database.url);
    // `BERTH_UPDATE_SCHEMA=1 npm test -- schema.db` writes it anew, for review.
    if (process.env.BERTH_UPDATE_SCHEMA === "1") await writeFile(file, schema);
    expect(await readFile(file, "utf8")).toBe(schema);
  });

  it("make every table that belongs to a vendor carry its org", async () => {
    const schema = await readFile(file, "utf8");
    const without = schema
      .split(/^create table /m)
      .slice(1)
      .filter((text) => !/^ {2}org_id text not null/m.test(text))
      .map((text) => text.split(" ")[0]);
    // orgs is the org itself; log_chunks hang on a stream that has one; the registry's tables name repositories, which begin with the org.
    expect(without.filter((name) => !name?.startsWith("registry_"))).toEqual(["log_chunks", "orgs"]);
  });
});
