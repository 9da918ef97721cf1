import type { Cluster } from "../cluster.ts";
import type { KubeObject } from "../object.ts";

/** What a controller has to look at again. */
export type Look = {
  cluster: Cluster;
  /** Looks at the object again after a time. */
  again: (ms: number) => void;
};

/** Brings the world a step nearer to what an object says. Called again after every change of it or of what it owns. */
export type Controller = (look: Look, object: KubeObject) => void;
