import { describe, expect, it } from "vitest";
import { masked, maskedChanged, shownParts } from "./shown-parts.ts";

describe("a plan that is shown", () => {
  it("has no sensitive value in it, wherever Terraform repeats it", () => {
    const shown = shownParts({
      format_version: "1.2",
      variables: { password: { value: "hunter2" } },
      planned_values: { root_module: { resources: [{ values: { password: "hunter2" } }] } },
      prior_state: { values: { password: "hunter1" } },
      configuration: { root_module: { variables: { password: { default: "hunter2" } } } },
      resource_changes: [
        {
          address: "db.main",
          change: {
            actions: ["update"],
            before: { name: "db", password: "hunter1", users: [{ name: "a", key: "k1" }], token: "same" },
            after: { name: "db", password: "hunter2", users: [{ name: "a", key: "k1" }], token: "same" },
            before_sensitive: { password: true, users: [{ key: true }], token: true },
            after_sensitive: { password: true, users: [{ key: true }], token: true },
          },
        },
      ],
      resource_drift: [{ address: "x", change: { before: "k1", after: null, before_sensitive: true, after_sensitive: true } }],
      output_changes: { secret: { actions: ["create"], before: null, after: "hunter2", before_sensitive: false, after_sensitive: true } },
    });
    expect(JSON.stringify(shown)).not.toMatch(/hunter|k1|"same"/);
    expect(shown.resource_changes[0]).toMatchObject({
      change: {
        before: { name: "db", password: masked, users: [{ name: "a", key: masked }], token: masked },
        after: { name: "db", password: maskedChanged, users: [{ name: "a", key: masked }], token: masked },
      },
    });
    expect(shown.output_changes["secret"]).toMatchObject({ before: null, after: maskedChanged });
  });

  it("is empty for anything that is no plan", () => {
    for (const value of [null, 1, "x", [], { resource_changes: "no" }]) {
      expect(shownParts(value)).toMatchObject({ resource_changes: [], resource_drift: [], output_changes: {} });
    }
  });
});
