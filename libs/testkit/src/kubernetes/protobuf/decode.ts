import type { Tree } from "../tree.ts";
import { messages } from "./messages.ts";

type Field = { name: string; type: string };

const tables = new Map<string, ReadonlyMap<number, Field>>();

/**
 * Reads an object in the envelope that Kubernetes puts around protobuf.
 * @throws Error when it is none, or of a kind that we have no numbers for
 */
export function decodeObject(bytes: Buffer): Tree {
  if (bytes.subarray(0, 4).toString("latin1") !== "k8s\0") throw new Error("not the protobuf of Kubernetes");
  const envelope = readFields(bytes.subarray(4));
  const type = readFields(bytesOf(envelope.get(1)?.[0]));
  const apiVersion = bytesOf(type.get(1)?.[0]).toString("utf8");
  const kind = bytesOf(type.get(2)?.[0]).toString("utf8");
  if (messages[kind] === undefined) throw new Error(`no protobuf of ${apiVersion} ${kind}`);
  return { apiVersion, kind, ...decodeMessage(kind, bytesOf(envelope.get(2)?.[0])) };
}

function decodeMessage(type: string, bytes: Buffer): Tree {
  const out: Tree = {};
  const table = tableOf(type);
  for (const [number, values] of readFields(bytes)) {
    const field = table.get(number);
    if (!field) continue;
    const value = decodeField(field.type, values);
    // Empty text is how the Go types spell "not there".
    if (value !== "" && value !== undefined) out[field.name] = value;
  }
  return out;
}

function decodeField(type: string, values: (Buffer | bigint)[]): unknown {
  if (type.startsWith("[]")) return values.map((value) => decodeValue(type.slice(2), value));
  if (!type.startsWith("{}")) return decodeValue(type, values.at(-1) ?? 0n);
  const entries = values.map((value) => {
    const entry = readFields(bytesOf(value));
    return [bytesOf(entry.get(1)?.[0]).toString("utf8"), decodeValue(type.slice(2), entry.get(2)?.[0] ?? Buffer.alloc(0))];
  });
  return Object.fromEntries(entries) as Tree;
}

function decodeValue(type: string, value: Buffer | bigint): unknown {
  switch (type) {
    case "string":
      return bytesOf(value).toString("utf8");
    case "bytes":
      return bytesOf(value).toString("base64");
    case "boolean":
      return value === 1n;
    case "integer":
      return Number(BigInt.asIntN(64, typeof value === "bigint" ? value : 0n));
    case "time": {
      const seconds = readFields(bytesOf(value)).get(1)?.[0];
      return typeof seconds === "bigint" ? new Date(Number(seconds) * 1000).toISOString().replace(".000Z", "Z") : undefined;
    }
    case "json":
      return JSON.parse(bytesOf(readFields(bytesOf(value)).get(1)?.[0]).toString("utf8")) as unknown;
    case "quantity":
      return bytesOf(readFields(bytesOf(value)).get(1)?.[0]).toString("utf8");
    case "intOrString": {
      const fields = readFields(bytesOf(value));
      return fields.get(1)?.[0] === 1n ? bytesOf(fields.get(3)?.[0]).toString("utf8") : decodeValue("integer", fields.get(2)?.[0] ?? 0n);
    }
    default:
      return decodeMessage(type, bytesOf(value));
  }
}

function tableOf(type: string): ReadonlyMap<number, Field> {
  const known = tables.get(type);
  if (known) return known;
  const text = messages[type];
  if (text === undefined) throw new Error(`no protobuf of ${type}`);
  const fields = text.split(" ").map((part): [number, Field] => {
    const [, name = "", number = "", of = ""] = /^(\w+)=(\d+):(.+)$/.exec(part) ?? [];
    return [Number(number), { name, type: of }];
  });
  const table = new Map(fields);
  tables.set(type, table);
  return table;
}

/** The wire format: values by field number. */
function readFields(bytes: Buffer): Map<number, (Buffer | bigint)[]> {
  const out = new Map<number, (Buffer | bigint)[]>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error("the protobuf ends too early");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new Error("a number in the protobuf is too long");
  };
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw new Error("the protobuf ends too early");
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const wire = tag & 7;
    const value = wire === 0 ? varint() : wire === 2 ? take(Number(varint())) : wire === 1 ? take(8) : wire === 5 ? take(4) : undefined;
    if (value === undefined) throw new Error(`the protobuf has wire type ${wire}`);
    out.set(tag >> 3, [...(out.get(tag >> 3) ?? []), value]);
  }
  return out;
}

function bytesOf(value: Buffer | bigint | undefined): Buffer {
  return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
}
