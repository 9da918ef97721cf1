import type { Tree } from "./tree.ts";

/** One reason why an object is refused. */
export type Cause = { reason: string; message: string; field: string };

type Named = { group: string; plural: string; kind: string };

/** An answer that is a `Status` of failure. */
export class StatusError extends Error {
  readonly code: number;
  readonly status: Tree;

  constructor(code: number, reason: string, message: string, details?: Tree) {
    super(message);
    this.code = code;
    this.status = {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message,
      reason,
      ...(details && { details }),
      code,
    };
  }
}

function qualified(kind: Named): string {
  return kind.group === "" ? kind.plural : `${kind.plural}.${kind.group}`;
}

function about(kind: Named, name: string): Tree {
  return { name, ...(kind.group !== "" && { group: kind.group }), kind: kind.plural };
}

export function notFound(kind: Named, name: string): StatusError {
  return new StatusError(404, "NotFound", `${qualified(kind)} "${name}" not found`, about(kind, name));
}

export function noSuchPath(): StatusError {
  return new StatusError(404, "NotFound", "the server could not find the requested resource", {});
}

export function alreadyExists(kind: Named, name: string): StatusError {
  return new StatusError(409, "AlreadyExists", `${qualified(kind)} "${name}" already exists`, about(kind, name));
}

export function modified(kind: Named, name: string): StatusError {
  const text = "the object has been modified; please apply your changes to the latest version and try again";
  return new StatusError(409, "Conflict", `Operation cannot be fulfilled on ${qualified(kind)} "${name}": ${text}`, about(kind, name));
}

export function forbidden(kind: Named, name: string, why: string): StatusError {
  const subject = name === "" ? qualified(kind) : `${qualified(kind)} "${name}"`;
  return new StatusError(403, "Forbidden", `${subject} is forbidden: ${why}`, about(kind, name));
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, "BadRequest", message);
}

export function invalid(kind: Named, name: string, causes: Cause[]): StatusError {
  const list = causes.map((cause) => `${cause.field}: ${cause.message}`);
  const text = list.length === 1 ? list[0] : `[${list.join(", ")}]`;
  const subject = kind.group === "" ? kind.kind : `${kind.kind}.${kind.group}`;
  return new StatusError(422, "Invalid", `${subject} "${name}" is invalid: ${text}`, {
    name,
    ...(kind.group !== "" && { group: kind.group }),
    kind: kind.kind,
    causes,
  });
}
