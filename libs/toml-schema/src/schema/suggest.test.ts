import { describe, expect, it } from "vitest";
import { suggest } from "./suggest.ts";

describe("the word that was meant", () => {
  it.each([
    ["tpye", "type"],
    ["hlem", "helm"],
    ["nmae", "name"],
    ["terraform_verison", "terraform_version"],
    ["schedule", "cron_schedule"],
    ["envVars", "env_vars"],
    ["var", "vars"],
  ])("%s is %s", (wrong, right) => {
    expect(suggest(wrong, ["type", "helm", "name", "terraform_version", "cron_schedule", "env_vars", "vars"])).toBe(right);
  });

  it("is not guessed where nothing is near", () => {
    expect(suggest("colour", ["type", "helm", "name"])).toBeUndefined();
    expect(suggest("v3", ["v1", "v2"])).toBeUndefined();
    expect(suggest("x".repeat(200), ["x".repeat(199)])).toBeUndefined();
  });
});
