import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSseParser, type RawEvent } from "./sse-parser.ts";

const wire = ': open\n\nid: 1\nevent: step\ndata: {"a":1}\n\n: still here\n\r\ndata: x\r\ndata: y\r\n\r\nid\ndata:z\n\n';
const events: RawEvent[] = [
  { id: "1", event: "step", data: '{"a":1}' },
  { id: "1", event: "message", data: "x\ny" },
  { id: "", event: "message", data: "z" },
];

describe("an event stream's text", () => {
  it("gives the same events however it is cut", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(wire.length), { maxLength: 20 }), (cuts) => {
        const parse = createSseParser();
        const places = [0, ...cuts.toSorted((a, b) => a - b), wire.length];
        const found = places.slice(1).flatMap((end, index) => parse(wire.slice(places[index], end)));
        expect(found).toEqual(events);
      }),
    );
  });
  it("with an endless event is refused", () => {
    const parse = createSseParser(100);
    expect(() => parse(`data: ${"x".repeat(200)}`)).toThrow(/larger than 100/);
  });
});
