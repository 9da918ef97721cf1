import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { operationsPage } from "./operations-page.ts";

const page = new URL("../../../../docs/operations.md", import.meta.url);

describe("the page of operations", () => {
  it("says what the table says", () => {
    // `BERTH_UPDATE_DOCS=1 npm test -- operations-page` writes it anew, for review.
    if (process.env.BERTH_UPDATE_DOCS === "1") writeFileSync(page, operationsPage());
    expect(readFileSync(page, "utf8")).toBe(operationsPage());
  });
});
