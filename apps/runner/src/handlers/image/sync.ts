import type { ImageSyncSpec } from "@berth/protocol/job-spec";
import { JobFailure, type Handler } from "../handler.ts";

export const runSync: Handler<ImageSyncSpec> = () => Promise.reject(new JobFailure("spec_invalid", "Not there yet"));
