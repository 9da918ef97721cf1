import type { Kind } from "../kinds/kind.ts";

/** What a writing request is about and how it is to be done. */
export type Target = {
  kind: Kind;
  namespace?: string;
  name: string;
  subresource?: string;
  fieldManager: string;
  fieldValidation: "Strict" | "Warn" | "Ignore";
  /** Everything is done but storing. */
  dryRun: boolean;
  /** Told to the client in `Warning` headers. */
  warnings: string[];
};

export function targetKey(target: { namespace?: string; name: string }): string {
  return `${target.namespace ?? ""}/${target.name}`;
}
