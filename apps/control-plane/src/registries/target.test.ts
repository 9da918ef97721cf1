import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRegistryTarget } from "./target.ts";

describe("the address of an external registry", () => {
  it.each([
    ["https://registry.example.org", { kind: "generic", url: "https://registry.example.org", prefix: "" }],
    ["http://127.0.0.1:5000/berth/", { kind: "generic", url: "http://127.0.0.1:5000", prefix: "berth" }],
    ["https://me:p%40ss@reg.io/a/b", { kind: "generic", url: "https://reg.io", prefix: "a/b", auth: { username: "me", password: "p@ss" } }],
    ["https://:tok@reg.io/a", { kind: "generic", url: "https://reg.io", prefix: "a", auth: { token: "tok" } }],
    ["ecr://eu-west-1/berth", { kind: "ecr", region: "eu-west-1", prefix: "berth" }],
    ["ecr://us-gov-west-1", { kind: "ecr", region: "us-gov-west-1", prefix: "" }],
    ["ecr://123456789012@eu-west-1/berth", { kind: "ecr", region: "eu-west-1", prefix: "berth", accountId: "123456789012" }],
  ])("%s is understood", (text, target) => {
    expect(parseRegistryTarget(text)).toEqual(target);
  });

  it.each([
    "",
    "registry.example.org",
    "ftp://x/y",
    "https://x/UPPER",
    "https://x/a?b=c",
    "ecr://nowhere/x",
    "ecr://eu-west-1:80/x",
    "ecr://1@eu-west-1/x",
    "https://%@x/",
  ])("%j is refused", (text) => {
    expect(() => parseRegistryTarget(text)).toThrow(expect.objectContaining({ code: "bad_request" }));
  });

  it("is never repeated in the refusal, for it may hold a password", () => {
    const property = fc.property(fc.stringMatching(/^[a-z]{12}$/), (secret) => {
      expect(() => parseRegistryTarget(`https://me:${secret}@reg.io/NOT-VALID`)).toThrow(expect.not.stringContaining(secret));
    });
    fc.assert(property);
  });
});
