import { describe, expect, it } from "vitest";
import { createKinds } from "../kinds/registry.ts";
import { conform, type Problems } from "./conform.ts";
import { canonicalQuantity } from "./quantity.ts";

it.each([
  ["1000m", "1"],
  ["1500m", "1500m"],
  [0.5, "500m"],
  ["0.1", "100m"],
  [2, "2"],
  ["1.5Gi", "1536Mi"],
  ["1.0", "1"],
  ["64Mi", "64Mi"],
  ["1.5k", "1500"],
])("quantity %j is %j", (written, kept) => {
  expect(canonicalQuantity(written)).toBe(kept);
});

describe("a body", () => {
  const shape = createKinds().byPath("apps", "v1", "deployments")?.shape ?? { type: "any" };
  const read = (value: unknown): { kept: unknown; problems: Problems } => {
    const problems: Problems = { unknown: [], mistyped: [] };
    return { kept: conform(value, shape, problems, true), problems };
  };

  it("loses nulls, empty lists and unknown fields, and says which were unknown", () => {
    const { kept, problems } = read({
      metadata: { annotations: {}, labels: null },
      spec: { replica: 1, template: { spec: { volumes: [] } } },
    });
    expect(kept).toEqual({ metadata: {}, spec: { template: { spec: {} } } });
    expect(problems.unknown).toEqual(["spec.replica"]);
  });

  it("keeps empty objects that mean something", () => {
    const volumes = [{ name: "v", emptyDir: {} }];
    expect(read({ spec: { template: { spec: { volumes } } } }).kept).toEqual({ spec: { template: { spec: { volumes } } } });
  });

  it("says where a value has the wrong type", () => {
    const { problems } = read({ spec: { replicas: "2" } });
    expect(problems.mistyped).toEqual([{ path: "spec.replicas", owner: "DeploymentSpec", found: "string", wanted: "int32" }]);
  });
});
