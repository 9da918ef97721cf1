import { describe, expect, it } from "vitest";
import { errorBlock } from "./error-block.ts";

describe("the error block", () => {
  it("is Terraform's error boxes without their frames, and no warnings", () => {
    const output = [
      "terraform_data.a: Creating...",
      "╷",
      "│ Warning: Deprecated",
      "│ ",
      "╵",
      "╷",
      "│ Error: local-exec provisioner error",
      "│ ",
      "│   with terraform_data.a,",
      "╵",
      "╷",
      "│ Error: second",
      "╵",
    ].join("\n");
    expect(errorBlock(output)).toBe("Error: local-exec provisioner error\n\n  with terraform_data.a,\n\nError: second");
  });
  it("is everything from the first Error line where there are no boxes", () => {
    expect(errorBlock("Planning\n\nError: no box\nmore\n")).toBe("Error: no box\nmore");
  });
  it("is the end of the output where there is no error in it", () => {
    expect(errorBlock("signal: killed\n")).toBe("signal: killed");
  });
  it("stays under the limit of a failure's detail", () => {
    expect(errorBlock(`Error: ${"x".repeat(100_000)}`).length).toBeLessThan(16_000);
  });
});
