import { validRange } from "semver";
import type { Draft } from "../loader/assemble.ts";
import type { Report } from "./finding.ts";

/** An update policy is a range of versions. */
export function checkImages(draft: Draft, report: Report): void {
  for (const [index, component] of draft.components.entries()) {
    if (component.type !== "container_image" || component.updatePolicy === undefined || component.updatePolicy.includes("{{")) continue;
    // Some write the parts of a range with commas.
    if (validRange(component.updatePolicy.replaceAll(",", " ")) !== null) continue;
    report({
      code: "invalid_value",
      path: ["components", index, "updatePolicy", "update_policy"],
      message: `"${component.updatePolicy}" is not a range of versions`,
      fix: 'e.g. update_policy = "~1.10.0"',
    });
  }
}
