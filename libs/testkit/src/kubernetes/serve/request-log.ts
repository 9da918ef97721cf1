import type { IncomingMessage } from "node:http";

/** One request that was served. `status` is set once it is answered. */
export type LoggedRequest = {
  method: string;
  path: string;
  query: Record<string, string>;
  userAgent: string;
  fieldManager?: string;
  contentType?: string;
  authorization?: string;
  body?: unknown;
  status?: number;
};

export type RequestLog = { entries: LoggedRequest[]; add(request: IncomingMessage, url: URL): LoggedRequest };

export function createRequestLog(): RequestLog {
  const entries: LoggedRequest[] = [];
  return {
    entries,
    add(request, url) {
      const { authorization } = request.headers;
      const type = request.headers["content-type"];
      const fieldManager = url.searchParams.get("fieldManager");
      const entry: LoggedRequest = {
        method: request.method ?? "GET",
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        userAgent: request.headers["user-agent"] ?? "",
        ...(fieldManager !== null && { fieldManager }),
        ...(type !== undefined && { contentType: type }),
        ...(authorization !== undefined && { authorization }),
      };
      entries.push(entry);
      return entry;
    },
  };
}
