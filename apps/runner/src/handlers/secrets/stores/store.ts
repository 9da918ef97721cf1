import type { AwsOptions } from "../../../cloud/aws-credentials.ts";
import type { JobContext } from "../../handler.ts";
import type { Place } from "../choose-place.ts";

/** The largest value that is taken: AWS keeps no larger one, and a Kubernetes secret has to hold several. */
export const maxValueBytes = 65_536;

/** A value and the address under which it was found. */
export type Found = { bytes: Buffer; address: string };

/** The place of one secret, open. Both throw AppErrors that say what was refused, and what would permit it. */
export type Store = {
  /** The value; undefined where there is none. */
  read(): Promise<Found | undefined>;
  /** Keeps a first value. Where somebody else has put one there in the meantime, that one stays and is the answer. */
  create(text: string): Promise<Found>;
};

/** What stores work with. The last three are for tests: other credentials and addresses than the clouds' own. */
export type StoreContext = Pick<JobContext, "env" | "http" | "signal"> & {
  /** Does something once for all secrets: getting a token, say. */
  once<T>(key: string, work: () => Promise<T>): Promise<T>;
  aws?: AwsOptions;
  googleToken?: () => Promise<string>;
  endpoints?: Partial<Record<Exclude<Place["kind"], "directory">, string>>;
};

/** Makes the `once` of a job. */
export function createOnce(): StoreContext["once"] {
  const kept = new Map<string, Promise<unknown>>();
  return function once<T>(key: string, work: () => Promise<T>): Promise<T> {
    let made = kept.get(key) as Promise<T> | undefined;
    if (!made) kept.set(key, (made = work()));
    return made;
  };
}
