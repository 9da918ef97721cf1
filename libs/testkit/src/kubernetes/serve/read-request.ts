import type { IncomingMessage } from "node:http";
import { gunzipSync } from "node:zlib";
import { parse } from "yaml";
import { decodeObject } from "../protobuf/decode.ts";
import { badRequest, StatusError } from "../status-error.ts";

const limit = 3 * 1024 * 1024;

/** The parsed body of a request, undefined where there is none. @throws StatusError 400, 413, 415 */
export async function readRequest(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw new StatusError(413, "RequestEntityTooLarge", `Request entity too large: limit is ${limit}`);
    chunks.push(chunk);
  }
  if (size === 0) return undefined;
  const raw = Buffer.concat(chunks);
  const bytes = request.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw;
  const type = contentType(request);
  if (type.includes("cbor")) throw unsupported(type);
  if (type.includes("protobuf")) {
    try {
      return decodeObject(bytes);
    } catch (error) {
      throw unsupported(`${type} (${error instanceof Error ? error.message : ""})`);
    }
  }
  try {
    const text = bytes.toString("utf8");
    return type.includes("yaml") ? parse(text) : JSON.parse(text);
  } catch (error) {
    throw badRequest(`the object provided is unrecognized: ${error instanceof Error ? error.message : ""}`);
  }
}

function unsupported(type: string): StatusError {
  return new StatusError(415, "UnsupportedMediaType", `the body of the request was in an unknown format - ${type} is not accepted`);
}

export function contentType(request: IncomingMessage): string {
  return (request.headers["content-type"] ?? "application/json").split(";")[0]?.trim() ?? "";
}
