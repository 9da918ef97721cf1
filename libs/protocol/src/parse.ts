import { runnerMessageSchema, serverMessageSchema, type RunnerMessage, type ServerMessage } from "./messages.ts";

/** A message, a type this version does not know (skip it), or text that breaks the protocol (end the session). */
export type Parsed<Message> = { ok: true; message: Message } | { ok: false; unknownType?: string; problem: string };

/** Reads a control message of the control plane. Unknown fields are dropped. */
export function parseServerMessage(text: string): Parsed<ServerMessage> {
  return parse(text, serverMessageSchema, serverTypes);
}

/** Reads a control message of a runner. Unknown fields are dropped. */
export function parseRunnerMessage(text: string): Parsed<RunnerMessage> {
  return parse(text, runnerMessageSchema, runnerTypes);
}

const serverTypes = new Set<string>(serverMessageSchema.options.map((option) => option.shape.type.value));
const runnerTypes = new Set<string>(runnerMessageSchema.options.map((option) => option.shape.type.value));

type Schema<Message> = {
  safeParse(
    value: unknown,
  ): { success: true; data: Message } | { success: false; error: { issues: readonly { path: PropertyKey[]; message: string }[] } };
};

function parse<Message>(text: string, schema: Schema<Message>, types: ReadonlySet<string>): Parsed<Message> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, problem: "not JSON" };
  }
  const type = typeof value === "object" && value !== null && "type" in value ? value.type : undefined;
  if (typeof type !== "string") return { ok: false, problem: "no type" };
  if (!types.has(type)) return { ok: false, unknownType: type, problem: `unknown type ${type.slice(0, 64)}` };
  const parsed = schema.safeParse(value);
  if (parsed.success) return { ok: true, message: parsed.data };
  // Paths and rules only: a value may be a secret.
  const issues = parsed.error.issues.slice(0, 5).map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  return { ok: false, problem: `${type}: ${issues.join("; ")}` };
}
