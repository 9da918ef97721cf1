import { AppError } from "@berth/kit/errors";
import { describe, expect, it } from "vitest";
import { explainFailure } from "./explain-failure.ts";

describe("a build's failure", () => {
  it("has the reason of what it was doing, unless the error names one of its own", () => {
    const error = new AppError("unprocessable", "no");
    expect(
      [explainFailure(error, "source"), explainFailure(error, "pack"), explainFailure(error, "publish")].map(({ reason }) => reason),
    ).toEqual(["source_refused", "archive_refused", "registry_unavailable"]);
    expect(explainFailure(new AppError("unprocessable", "no", { reason: "signature_invalid" }), "source").reason).toBe("signature_invalid");
    expect(explainFailure(new AppError("unprocessable", "no", { reason: "made up" }), "source").reason).toBe("source_refused");
  });

  it("that nobody foresaw tells nothing of its insides", () => {
    expect(explainFailure(new Error("secret"), "source")).toEqual({
      reason: "internal",
      detail: expect.not.stringContaining("secret") as string,
    });
  });
});
