import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeObject } from "./decode.ts";

const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)]);
const field = (number: number, bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from([...varint((number << 3) | 2), ...varint(bytes.length)]), bytes]);
const text = (number: number, value: string): Buffer => field(number, Buffer.from(value));
const envelope = (kind: string, raw: Buffer): Buffer =>
  Buffer.concat([Buffer.from("k8s\0"), field(1, Buffer.concat([text(1, "v1"), text(2, kind)])), field(2, raw)]);

it("reads a secret with its metadata and its bytes", () => {
  const labels = field(11, Buffer.concat([text(1, "owner"), text(2, "helm")]));
  const created = field(8, Buffer.from([0x08, ...varint(86_400)]));
  const metadata = field(1, Buffer.concat([text(1, "s"), text(3, "ns"), labels, created]));
  const data = field(2, Buffer.concat([text(1, "release"), field(2, Buffer.from([0, 255]))]));
  const immutable = Buffer.from([0x28, 1]);
  expect(decodeObject(envelope("Secret", Buffer.concat([metadata, data, text(3, "Opaque"), immutable])))).toEqual({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "s", namespace: "ns", labels: { owner: "helm" }, creationTimestamp: "1970-01-02T00:00:00Z" },
    data: { release: "AP8=" },
    type: "Opaque",
    immutable: true,
  });
});

it("refuses kinds that it has no numbers for, and what is none", () => {
  expect(() => decodeObject(envelope("Unheard", Buffer.alloc(0)))).toThrow("no protobuf of v1 Unheard");
  expect(() => decodeObject(Buffer.from("{}"))).toThrow("not the protobuf of Kubernetes");
});

it("ends with an error or an object on any bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        expect(decodeObject(envelope("Secret", Buffer.from(bytes)))).toMatchObject({ kind: "Secret" });
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    }),
  );
});
