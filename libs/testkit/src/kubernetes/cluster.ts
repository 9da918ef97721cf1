import type { Kinds } from "./kinds/registry.ts";
import type { KubeObject } from "./object.ts";
import type { Store } from "./store.ts";
import type { Switches } from "./switches.ts";
import type { Tree } from "./tree.ts";

/** How the cluster's pods behave. */
export type Behaviour = {
  /** Images that match can't be pulled. */
  badImage: RegExp;
  /** The exit code of a container, 0 for one that does well. */
  exitCode: (container: Tree, pod: KubeObject) => number;
  /** What a container prints. */
  logs: (container: Tree, pod: KubeObject) => string;
  /** How long a second of a deadline lasts, in milliseconds. */
  secondMs: number;
};

/** All that a request or a controller works on. */
export type Cluster = {
  store: Store;
  kinds: Kinds;
  switches: Switches;
  behaviour: Behaviour;
  now: () => Date;
};
