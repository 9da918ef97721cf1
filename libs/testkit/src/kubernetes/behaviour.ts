import type { Behaviour } from "./cluster.ts";
import { listAt, type Tree } from "./tree.ts";

/** Unless a test says otherwise: images named `does-not-exist` can't be pulled, `exit 3` exits with 3, `echo x` prints x. */
export const usualBehaviour: Behaviour = {
  badImage: /does-not-exist/,
  exitCode(container) {
    const script = scriptOf(container);
    if (/^false$/.test(script)) return 1;
    return Number(/\bexit (\d+)/.exec(script)?.[1] ?? 0);
  },
  logs: (container) =>
    [...scriptOf(container).matchAll(/\becho (?:"([^"]*)"|'([^']*)'|([^;&|\n]+))/g)]
      .map((match) => `${(match[1] ?? match[2] ?? match[3] ?? "").trim()}\n`)
      .join(""),
  secondMs: 1000,
};

function scriptOf(container: Tree): string {
  return [...listAt(container, "command"), ...listAt(container, "args")].map(String).join(" ");
}
