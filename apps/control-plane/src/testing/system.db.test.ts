import { describe, expect, it } from "vitest";
import { createTestSystem } from "./system.ts";

describe("a test system", () => {
  it("has an org, records what is enqueued, and a second replica sees the same rows", async () => {
    await using system = await createTestSystem();
    const other = system.replica();
    expect((await other.db.selectFrom("orgs").select("name").execute()).map((org) => org.name)).toEqual(["acme"]);
    await system.enqueue({ queue: "build-run", data: { buildId: "b" } });
    expect(system.enqueued).toHaveLength(1);
    expect(other.enqueued).toHaveLength(0);
  });
});
