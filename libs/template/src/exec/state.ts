import type { Node } from "../syntax/ast.ts";
import type { Call } from "../functions/define.ts";
import type { Value } from "../value.ts";

/** One rendering under way. */
export type State = Call & {
  /** The templates by name. */
  templates: ReadonlyMap<string, readonly Node[]>;
  out: string;
  /** Variables in scope, innermost last. */
  names: string[];
  values: Value[];
  /** The innermost `with`, `range` or `template` around; for the chain of values of an error. */
  frame: Frame | null;
  /** Told what each action prints, and where it stands in the text. */
  trace: ((printed: string, pos: number) => void) | undefined;
  /** Where the node being evaluated stands in the text. */
  pos: number;
};

/** A place where the dot changed. `label` says how; it is called only for an error. */
export type Frame = { label: () => string; dot: Value; up: Frame | null };
