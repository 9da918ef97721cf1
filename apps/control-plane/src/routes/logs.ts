import { logsContract } from "@berth/api/contract/logs";
import { handle, type HttpApp } from "../http/handle.ts";
import { sse } from "../http/sse.ts";
import { readLog } from "../logs/read.ts";
import { tailLog } from "../logs/tail.ts";

export function mountLogsRoutes(app: HttpApp): void {
  handle(app, logsContract["logs.read"], ({ ctx, params, query }) =>
    readLog({ ctx, input: { streamId: params.streamId, offset: query.offset, maxBytes: query.limit } }),
  );
  handle(app, logsContract["logs.tail"], async ({ ctx, params, query, c }) => {
    const input = { streamId: params.streamId, offset: resumeAt(c.req.header("last-event-id")) ?? query.offset };
    // A stream that is not there is a 404, not an event.
    await readLog({ ctx, input: { ...input, maxBytes: 1 } });
    return sse(c, async (send, signal) => {
      for await (const event of tailLog({ ctx, input, signal })) {
        const id = String(event.next);
        if (event.type === "text") await send({ id, event: "log", data: { offset: event.offset, text: event.text } });
        else {
          const { type, next, ...rest } = event;
          await send({ id, event: type, data: { offset: next, ...rest } });
        }
      }
    });
  });
}

function resumeAt(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
}
