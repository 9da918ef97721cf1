import { Failure } from "./errors.ts";

/** What one rendering may use. A template that wants more fails with a `limit_*` error. */
export type Limits = {
  /** Characters of output. */
  output: number;
  /** Units of work: one per node evaluated, plus one per item or 64 characters that a function touches. */
  steps: number;
  /** Nested blocks, template calls, parentheses and levels of a value being printed or encoded. */
  depth: number;
  /** Characters and list items that all intermediate values together may hold. */
  memory: number;
};

/** Far above what any config needs, far below what would be felt: the worst template ends within a few seconds. */
export const defaultLimits: Limits = { output: 4_000_000, steps: 2_000_000, depth: 400, memory: 16_000_000 };

/** The longest template text that is compiled, in characters. */
export const maxSourceLength = 1_000_000;

/** How many variables may be in scope at a time. */
export const maxVariables = 1000;

/** How deep blocks and parentheses may nest in the text. */
export const maxNesting = 300;

/** Counts what one rendering has used. */
export class Budget {
  readonly limits: Limits;
  #steps = 0;
  #memory = 0;
  #depth = 0;

  constructor(limits: Limits) {
    this.limits = limits;
  }

  /** Spends work. @throws Failure `limit_steps` */
  step(count = 1): void {
    this.#steps += count;
    if (this.#steps > this.limits.steps)
      throw new Failure("limit_steps", `The template does more work than allowed (${this.limits.steps} steps).`);
  }

  /** Reserves room for a value of this many characters or items, before it is made. @throws Failure `limit_memory` or `limit_steps` */
  reserve(size: number): void {
    this.#memory += size;
    if (!(this.#memory <= this.limits.memory)) {
      throw new Failure(
        "limit_memory",
        `The template makes values larger than allowed (${this.limits.memory} characters and items in all).`,
      );
    }
    this.step(1 + size / 64);
  }

  /** Goes one level deeper; pair with {@link leave}. @throws Failure `limit_depth` */
  enter(): void {
    if (++this.#depth > this.limits.depth) {
      throw new Failure("limit_depth", `The template nests or recurses deeper than allowed (${this.limits.depth} levels).`);
    }
  }

  leave(): void {
    this.#depth--;
  }
}
