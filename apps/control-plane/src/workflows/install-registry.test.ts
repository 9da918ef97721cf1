import { installRegistrySchema } from "@berth/protocol/job-spec";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { installRegistryOf } from "./install-registry.ts";

const find = (outputs: Record<string, unknown>, component = "api") => installRegistryOf({ tree: { sandbox: { outputs } }, component });

describe("the registry of an install", () => {
  it("is none where the sandbox tells of none", () => {
    expect(find({ vpc: {} })).toEqual({ secrets: [] });
    expect(find({ ecr: null })).toEqual({ secrets: [] });
    expect(installRegistryOf({ tree: {}, component: "api" })).toEqual({ secrets: [] });
  });

  it("in ECR is one repository for all components, in the region its address names", () => {
    expect(find({ ecr: { repository_url: "123456789012.dkr.ecr.eu-central-1.amazonaws.com/install/apps" } })).toEqual({
      registry: {
        kind: "ecr",
        url: "https://123456789012.dkr.ecr.eu-central-1.amazonaws.com",
        repository: "install/apps",
        region: "eu-central-1",
      },
      secrets: [],
    });
    expect(find({ ecr: { repository_url: "ecr.internal/apps" }, account: { region: "us-east-1" } })).toMatchObject({
      registry: { region: "us-east-1" },
    });
  });

  it("in ACR and GAR, and of any other kind, has a repository per component", () => {
    expect(find({ acr: { login_server: "acme.azurecr.io" } })).toMatchObject({
      registry: { kind: "acr", url: "https://acme.azurecr.io", repository: "api" },
    });
    expect(find({ gar: { repository_url: "europe-west1-docker.pkg.dev/project/apps", registry_url: "x" } })).toMatchObject({
      registry: { kind: "gar", url: "https://europe-west1-docker.pkg.dev", repository: "project/apps/api" },
    });
    expect(find({ registry: { url: "http://10.0.0.5:5000", repository: "/base/", username: "u", password: "hunter22" } })).toEqual({
      registry: { kind: "plain", url: "http://10.0.0.5:5000", repository: "base/api", username: "u", password: "hunter22" },
      secrets: ["hunter22"],
    });
    // A name that registries don't take becomes one that they do, and no other component's.
    expect(find({ acr: { login_server: "acme.azurecr.io" } }, "Web API")).toMatchObject({
      registry: { repository: expect.stringMatching(/^web-api-[0-9a-f]{8}$/) as string },
    });
  });

  it("in a shape that leads nowhere is refused with the name of the output", () => {
    for (const [outputs, message] of [
      [{ ecr: "x" }, /output ecr .* is not an object/],
      [{ ecr: { repository_url: "123.dkr.ecr.eu-central-1.amazonaws.com" } }, /output ecr .* repository_url/],
      [{ ecr: { repository_url: "registry.test/apps" } }, /without a region/],
      [{ acr: {} }, /output acr .* login_server/],
      [{ gar: { repository_url: "europe-west1-docker.pkg.dev" } }, /output gar .* repository_url/],
      [{ registry: { url: "ftp://x" } }, /output registry .* url/],
      [{ registry: { url: "https://u:p@registry.test" } }, /output registry .* url/],
      [{ registry: { url: "https://registry.test", username: "u" } }, /only one of username and password/],
    ] as const) {
      expect(find(outputs)).toMatchObject({ failure: { reason: "spec_invalid", detail: expect.stringMatching(message) as string } });
    }
  });

  it("whatever a sandbox tells is either refused or what a runner can read", () => {
    const text = fc.oneof(fc.string(), fc.webUrl(), fc.constant("1.dkr.ecr.eu-west-1.amazonaws.com/a"), fc.anything());
    const fields = fc.dictionary(fc.constantFrom("url", "repository", "repository_url", "login_server", "username", "password"), text);
    fc.assert(
      fc.property(
        fc.constantFrom("registry", "ecr", "acr", "gar"),
        fc.oneof(fields, fc.anything()),
        fc.string(),
        (name, value, component) => {
          const found = find({ [name]: value }, component);
          if ("failure" in found) expect(found.failure.detail).toContain(`output ${name} of the sandbox`);
          else if (found.registry) expect(installRegistrySchema.safeParse(found.registry).error).toBeUndefined();
        },
      ),
      { numRuns: 500 },
    );
  });
});
