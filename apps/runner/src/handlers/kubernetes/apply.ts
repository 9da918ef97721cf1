import type { KubernetesApplySpec } from "@berth/protocol/job-spec";
import { JobFailure, type Handler } from "../handler.ts";

export const runApply: Handler<KubernetesApplySpec> = () => Promise.reject(new JobFailure("spec_invalid", "Not there yet"));
