/** What an operator sets over a component's config on one install. */
export type Overrides = {
  /** Values of a chart by dotted key, or variables of a module by name; they win over the config's. */
  set: Record<string, string>;
  /** A document of values, or a patch, that comes after the config's. */
  document?: string;
};

/** A change of them: what is set, what is taken away, and a document; null takes that away. */
export type OverridesChange = { set: Record<string, string>; unset: readonly string[]; document?: string | null | undefined };

export const noOverrides: Overrides = { set: {} };

/** Overrides with a change made to them. What is set anew goes last, as among `--set`s. */
export function changeOverrides(before: Overrides, change: OverridesChange): Overrides {
  const document = change.document === undefined ? before.document : (change.document ?? undefined);
  return {
    set: withOver(Object.fromEntries(Object.entries(before.set).filter(([key]) => !change.unset.includes(key))), change.set),
    ...(document === undefined ? {} : { document }),
  };
}

/** Values with others over them: those come last, where the order tells which wins. */
export function withOver(base: Readonly<Record<string, string>>, over: Readonly<Record<string, string>>): Record<string, string> {
  return { ...Object.fromEntries(Object.entries(base).filter(([key]) => !Object.hasOwn(over, key))), ...over };
}

/** Whether nothing is set. */
export function isEmpty({ set, document }: Overrides): boolean {
  return Object.keys(set).length === 0 && document === undefined;
}
