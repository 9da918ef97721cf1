import type { KubernetesPlanSpec } from "@berth/protocol/job-spec";
import { JobFailure, type Handler } from "../handler.ts";

export const runPlan: Handler<KubernetesPlanSpec> = () => Promise.reject(new JobFailure("spec_invalid", "Not there yet"));
