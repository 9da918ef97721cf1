/** A JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

/** A value as an object, or undefined where it is none. */
export function asFields(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

/** The outputs of the sandbox, or of a component, in an install's state tree; undefined where it has none. */
export function outputsAt(tree: Fields, target: "sandbox" | { component: string }): Fields | undefined {
  const at = target === "sandbox" ? tree["sandbox"] : asFields(tree["components"])?.[target.component];
  return asFields(asFields(at)?.["outputs"]);
}
