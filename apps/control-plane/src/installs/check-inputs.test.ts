import * as fc from "fast-check";
import { AppError } from "@berth/kit/errors";
import { describe, expect, it } from "vitest";
import { smallConfig, type SmallConfig } from "../workflows/testing/fixture.ts";
import { checkInputs } from "./check-inputs.ts";

const config = (inputs: SmallConfig["inputs"]) => smallConfig(inputs ? { inputs } : {});
const check = (inputs: SmallConfig["inputs"], given: Record<string, unknown>) => checkInputs({ config: config(inputs), given });

describe("inputs", () => {
  it("are filled with defaults, parsed to their types, and split by whether they are sensitive", () => {
    const inputs: SmallConfig["inputs"] = [
      { name: "region", default: "eu" },
      { name: "size", type: "number" },
      { name: "ha", type: "bool" },
      { name: "zones", type: "list" },
      { name: "tags", type: "json" },
      { name: "password", sensitive: true },
      { name: "unset" },
    ];
    const given = { size: 3, ha: true, zones: "a, b", tags: '{"team":"x"}', password: "s3cret" };
    expect(check(inputs, given)).toEqual({
      plain: { region: "eu", size: "3", ha: "true", zones: ["a", "b"], tags: { team: "x" } },
      sensitive: { password: "s3cret" },
    });
  });

  it("are refused all at once: unknown, missing and of the wrong type", () => {
    const inputs: SmallConfig["inputs"] = [
      { name: "region", required: true },
      { name: "size", type: "number" },
      { name: "ha", type: "bool" },
      { name: "tags", type: "json" },
    ];
    const problems = (() => {
      try {
        return check(inputs, { regoin: "eu", size: "big", ha: "yes", tags: "{" });
      } catch (error) {
        return error instanceof AppError ? error.meta["problems"] : error;
      }
    })();
    expect(problems).toEqual([
      { input: "regoin", message: 'The app has no input "regoin"; it has region, size, ha, tags' },
      { input: "region", message: 'Input "region" (region) is required' },
      { input: "size", message: 'Input "size" must be a number' },
      { input: "ha", message: 'Input "ha" must be true or false' },
      { input: "tags", message: 'Input "tags" must be JSON' },
    ]);
  });

  it("given as null go back to their default, and a refusal never quotes a value", () => {
    expect(check([{ name: "region", default: "eu" }], { region: null })).toEqual({ plain: { region: "eu" }, sensitive: {} });
    expect(() => check([{ name: "pin", type: "number", sensitive: true }], { pin: "hunter2" })).toThrow(
      /^(?!.*hunter2).*must be a number$/,
    );
  });

  it("of any content are taken or refused, never let anything else through", () => {
    const inputs: SmallConfig["inputs"] = [
      { name: "a", type: "list" },
      { name: "b", type: "json" },
      { name: "c", type: "number" },
      { name: "__proto__" },
    ];
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom("a", "b", "c", "__proto__"), fc.jsonValue()), (given) => {
        try {
          const { plain } = check(inputs, given);
          return Object.keys(plain).every((name) => ["a", "b", "c", "__proto__"].includes(name));
        } catch (error) {
          return error instanceof AppError && error.code === "invalid_inputs";
        }
      }),
    );
    expect(Object.keys({})).toEqual([]);
  });
});
