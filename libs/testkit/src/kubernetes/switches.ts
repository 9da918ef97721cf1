import type { KubeObject } from "./object.ts";

/** A request that is to fail: what fits all given parts. */
export type Failure = {
  method?: string;
  /** Matched against path and query. */
  path?: RegExp;
  /** How many requests fail; every one where it is not given. */
  times?: number;
  status: number;
  reason?: string;
  message?: string;
  /** Breaks the connection instead of answering. */
  hangUp?: boolean;
};

/** What someone asks to do. */
export type Access = { verb: string; group: string; resource: string; subresource?: string; namespace?: string; name?: string };

/** What a test turns on and off. */
export type Switches = {
  /** Objects that don't become ready: `deployment/name` or `namespace/deployment/name`. */
  holds: Set<string>;
  failures: Failure[];
  /** Refuses creations and changes: a message refuses. */
  denials: ((object: KubeObject, verb: "create" | "update" | "delete") => string | undefined)[];
  /** Forbids by access, as role-based access control does: `true` forbids. */
  forbidden: ((access: Access) => boolean)[];
};

export function createSwitches(): Switches {
  return { holds: new Set(), failures: [], denials: [], forbidden: [] };
}

export function isHeld(switches: Switches, object: { kind: string; metadata: { name: string; namespace?: string } }): boolean {
  const short = `${object.kind.toLowerCase()}/${object.metadata.name}`;
  return switches.holds.has(short) || switches.holds.has(`${object.metadata.namespace ?? ""}/${short}`);
}

/** The failure that a request meets, counted down. */
export function takeFailure(switches: Switches, method: string, path: string): Failure | undefined {
  const index = switches.failures.findIndex(
    (failure) => (failure.method === undefined || failure.method === method) && (failure.path?.test(path) ?? true),
  );
  const failure = switches.failures[index];
  if (!failure) return undefined;
  if (failure.times !== undefined && --failure.times <= 0) switches.failures.splice(index, 1);
  return failure;
}
