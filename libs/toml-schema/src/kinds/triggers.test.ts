import { expect, it } from "vitest";
import { loadFiles } from "../testing/write-app.ts";

const filtered = (filter: string) =>
  `[[rules]]\nname = "r"\ntrigger = "github"\nmatch_all = true\n[[rules.filters]]\npath = "$.a"\n${filter}\n` +
  `[rules.target]\ntype = "app_branch_run"\napp_branch = "main"\n`;

const messages = async (filter: string) => (await loadFiles({ "triggers.toml": filtered(filter) })).diagnostics.map((one) => one.message);

it("a filter that compares needs a value, and says which comparison", async () => {
  expect(await messages('op = "gte"')).toEqual(['A filter with `op = "gte"` needs `value`']);
  expect(await messages('op = "exists"')).toEqual([]);
});

it("a filter whose op is missing or unknown is told that, and nothing about a value", async () => {
  expect(await messages("")).toEqual([expect.stringContaining("op")]);
  expect(await messages('op = "like"')).toEqual([expect.stringContaining("like")]);
});
