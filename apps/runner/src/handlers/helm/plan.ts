import type { HelmPlanSpec } from "@berth/protocol/job-spec";
import { JobFailure, type Handler } from "../handler.ts";

export const runPlan: Handler<HelmPlanSpec> = () => Promise.reject(new JobFailure("spec_invalid", "Not there yet"));
