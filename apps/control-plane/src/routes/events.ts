import { eventsContract } from "@berth/api/contract/events";
import { AppError } from "@berth/kit/errors";
import type { Context } from "hono";
import { followEvents, type EventFilter } from "../events/follow.ts";
import { listEvents } from "../events/list.ts";
import { handle, type HttpApp, type HttpEnv } from "../http/handle.ts";
import { sse } from "../http/sse.ts";
import { findInstall } from "../installs/queries.ts";
import { findWorkflow } from "../workflows/queries.ts";

export function mountEventsRoutes(app: HttpApp): void {
  handle(app, eventsContract["events.list"], ({ ctx, query }) => listEvents({ ctx, input: query }));
  handle(app, eventsContract["workflows.events"], async ({ ctx, params, c }) => {
    const { workflowId } = params;
    await findWorkflow(ctx, workflowId);
    return stream(c, { workflowId }, async () => {
      const { state } = await findWorkflow(ctx, workflowId);
      return state === "succeeded" || state === "failed" || state === "cancelled";
    });
  });
  handle(app, eventsContract["installs.events"], async ({ ctx, params, c }) => {
    await findInstall(ctx, params.installId);
    return stream(c, params);
  });
}

function stream(c: Context<HttpEnv>, filter: EventFilter, isOver?: () => Promise<boolean>): Response {
  const ctx = c.get("ctx");
  const after = lastEventId(c.req.header("last-event-id"));
  return sse(c, (send, signal) =>
    followEvents({
      ctx,
      filter,
      after,
      signal,
      send: (event) => send({ id: String(event.id), event: `${event.subjectKind}.${event.event}`, data: event }),
      ...(isOver ? { isOver } : {}),
    }),
  );
}

function lastEventId(header: string | undefined): number {
  if (header === undefined || header === "") return 0;
  const id = /^\d{1,15}$/.test(header) ? Number(header) : Number.NaN;
  if (Number.isNaN(id))
    throw new AppError("bad_request", "Last-Event-ID is not an id that this stream gave out. Connect again without it.");
  return id;
}
