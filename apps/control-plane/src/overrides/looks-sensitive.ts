import { isMap, isScalar, parseDocument, visit } from "yaml";
import type { Overrides } from "./contents.ts";
import { withoutActions } from "./unrendered.ts";

const words =
  /pass(?:word|wd|phrase)|secret|token|credential|(?:api|access|private|encryption|signing)[-_]?key|connection[-_]?string|\bdsn\b/i;

/** What stands in the place of a value that is not shown. */
export const hidden = "(sensitive)";

/** Whether a key names what people keep secret. */
export function looksSensitive(key: string): boolean {
  return words.test(key);
}

/** Texts among overrides whose keys look sensitive: they must stay out of logs. */
export function sensitiveTexts({ set, document }: Overrides): string[] {
  const texts = Object.entries(set).flatMap(([key, value]) => (looksSensitive(key) ? [value] : []));
  if (document !== undefined) hideIn(document, (text) => texts.push(text));
  return [...new Set(texts)].filter((text) => text !== "");
}

/** A document without the values of keys that look sensitive; undefined where it is no YAML before it is rendered. */
export function hideIn(text: string, found: (text: string) => void = () => undefined): string | undefined {
  const { text: plain, restore } = withoutActions(text);
  const document = parseDocument(plain, { uniqueKeys: false });
  if (document.errors.length > 0) return undefined;
  visit(document, {
    Pair(_, pair) {
      if (!isScalar(pair.key) || !looksSensitive(String(pair.key.value))) return undefined;
      visit(document.createNode({ value: pair.value }), {
        Scalar: (where, { value }) => void (where !== "key" && found(restore(String(value)))),
      });
      // A map under such a name, a secret's settings for one, is hidden leaf by leaf.
      if (!isMap(pair.value)) pair.value = document.createNode(hidden);
      else visit(pair.value, { Scalar: (where, scalar) => void (where !== "key" && (scalar.value = hidden)) });
      return visit.SKIP;
    },
  });
  return restore(document.toString());
}
