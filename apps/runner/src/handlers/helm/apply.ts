import type { HelmApplySpec } from "@berth/protocol/job-spec";
import { JobFailure, type Handler } from "../handler.ts";

export const runApply: Handler<HelmApplySpec> = () => Promise.reject(new JobFailure("spec_invalid", "Not there yet"));
