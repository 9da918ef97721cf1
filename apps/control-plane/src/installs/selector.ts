import { AppError } from "@berth/kit/errors";

/** One condition on labels. */
export type LabelCondition =
  | { label: string; is: "one_of" | "none_of"; values: readonly string[] }
  | { label: string; is: "there" | "absent" };

const name = "[A-Za-z0-9][A-Za-z0-9_./-]{0,62}";
const value = "[A-Za-z0-9_.:@/-]{0,255}";
const forms: readonly { form: RegExp; make: (match: RegExpExecArray) => LabelCondition }[] = [
  {
    form: new RegExp(`^(${name})\\s+(in|notin)\\s+\\(([^()]*)\\)$`),
    make: ([, label = "", word, list = ""]) => ({ label, is: word === "in" ? "one_of" : "none_of", values: valuesOf(list) }),
  },
  {
    form: new RegExp(`^(${name})\\s*!=\\s*(${value})$`),
    make: ([, label = "", wanted = ""]) => ({ label, is: "none_of", values: [wanted] }),
  },
  {
    form: new RegExp(`^(${name})\\s*==?\\s*(${value})$`),
    make: ([, label = "", wanted = ""]) => ({ label, is: "one_of", values: [wanted] }),
  },
  { form: new RegExp(`^!\\s*(${name})$`), make: ([, label = ""]) => ({ label, is: "absent" }) },
  { form: new RegExp(`^(${name})$`), make: ([, label = ""]) => ({ label, is: "there" }) },
];

/**
 * Reads a label selector: conditions joined by commas, all of which must hold. `tier=gold`, `tier!=gold`, `region in (eu,us)`, `region notin (us)`, `beta` (there), `!beta` (not there).
 * A label that is not there is none of any values.
 * @throws AppError `bad_request` that names the part that can't be read
 */
export function parseSelector(text: string): LabelCondition[] {
  return splitOutside(text).map((part) => {
    const trimmed = part.trim();
    for (const { form, make } of forms) {
      const match = form.exec(trimmed);
      if (match) return make(match);
    }
    throw new AppError(
      "bad_request",
      `The label selector has "${trimmed.slice(0, 100)}", which is none of: label=value, label!=value, label in (a,b), label notin (a,b), label, !label`,
    );
  });
}

/** Whether labels fit all conditions. */
export function fitsLabels(labels: Readonly<Record<string, string>>, conditions: readonly LabelCondition[]): boolean {
  return conditions.every((condition) => {
    const found = Object.hasOwn(labels, condition.label) ? labels[condition.label] : undefined;
    switch (condition.is) {
      case "there":
        return found !== undefined;
      case "absent":
        return found === undefined;
      case "one_of":
        return found !== undefined && condition.values.includes(found);
      case "none_of":
        return found === undefined || !condition.values.includes(found);
    }
  });
}

function valuesOf(list: string): string[] {
  return list.split(",").map((each) => each.trim());
}

/** Splits at commas that are not inside brackets. */
function splitOutside(text: string): string[] {
  return text.split(/,(?![^(]*\))/);
}
