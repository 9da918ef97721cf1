import { isRepository } from "@berth/oci/reference";
import { assert, property, string, uniqueArray } from "fast-check";
import { describe, expect, it } from "vitest";
import { repositoryName } from "./repository-name.ts";

const nameOf = (target: string): string => repositoryName({ orgId: "org1", appId: "app1", target });

describe("the repository of a target", () => {
  it.each([
    ["sandbox", "org1/app1/sandbox"],
    ["component:web", "org1/app1/component/web"],
    ["component:my_db.2", "org1/app1/component/my_db.2"],
    ["action:health/curl", "org1/app1/action/health/curl"],
  ])("of %s is %s", (target, repository) => {
    expect(nameOf(target)).toBe(repository);
  });
  it("is one that registries take, and no other target's, whatever the names are", () => {
    assert(
      property(uniqueArray(string({ minLength: 1, maxLength: 120 }), { minLength: 2, maxLength: 5 }), (names) => {
        const repositories = names.map((name) => nameOf(`component:${name}`));
        expect(repositories.every(isRepository)).toBe(true);
        expect(new Set(repositories).size).toBe(names.length);
      }),
    );
  });
});
