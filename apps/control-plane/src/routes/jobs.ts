import { jobsContract } from "@berth/api/contract/jobs";
import { handle, type HttpApp } from "../http/handle.ts";
import { cancelJob } from "../jobs/cancel.ts";
import { getJob } from "../jobs/get.ts";
import { listJobs } from "../jobs/list.ts";

export function mountJobsRoutes(app: HttpApp): void {
  handle(app, jobsContract["jobs.list"], ({ ctx, query }) => listJobs(ctx, query));
  handle(app, jobsContract["jobs.get"], ({ ctx, params }) => getJob(ctx, params));
  handle(app, jobsContract["jobs.cancel"], ({ ctx, params, body }) => cancelJob({ ctx, input: { ...params, ...body } }));
}
