import type { Failure } from "@berth/protocol/job-result";
import type { JobSpec } from "@berth/protocol/job-spec";

/** What a step's job is made of, or why it can't be. */
export type RenderedJob =
  | {
      spec: JobSpec;
      target?: string;
      /** Texts that the runner keeps out of logs and results. */
      redact: string[];
      timeoutSeconds: number;
      planDigest?: string;
      buildId: string | null;
      /** Of a plan: the version of the component's overrides that are in it. */
      overridesVersion?: number | null;
      /** What a person should know of the step, e.g. a setting that is taken for another one. */
      note?: string;
    }
  | { failure: Failure };

/** A config, or what it is rendered with, that no job can be made of. */
export function invalid(detail: string): { failure: Failure } {
  return { failure: { reason: "spec_invalid", detail } };
}
