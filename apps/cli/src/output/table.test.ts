import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderTable } from "./table.ts";

const columns = [
  { title: "ID", cell: (row: { id: string; text: string }) => row.id },
  { title: "TEXT", cell: (row: { id: string; text: string }) => row.text, cut: true },
];
const render = (items: { id: string; text: string }[], width?: number) =>
  renderTable({ columns, items, width, dim: (text) => text })
    .split("\n")
    .slice(0, -1);

describe("a table", () => {
  it("aligns cells under their titles", () => {
    expect(
      render([
        { id: "a", text: "one" },
        { id: "long-id", text: "two" },
      ]),
    ).toEqual(["ID       TEXT", "a        one", "long-id  two"]);
  });
  it("fits the terminal by cutting what may be cut, never an id", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ id: fc.stringMatching(/^[a-z]{3,20}$/), text: fc.stringMatching(/^[a-z ]{0,90}$/) })),
        fc.integer({ min: 40, max: 120 }),
        (items, width) => {
          const lines = render(items, width);
          expect(lines.every((line) => line.length <= width)).toBe(true);
          for (const [index, item] of items.entries()) expect(lines[index + 1]!.startsWith(item.id)).toBe(true);
        },
      ),
    );
  });
  it("does not count colours as width", () => {
    const lines = render([
      { id: "\u001B[31mred\u001B[39m", text: "x" },
      { id: "plain", text: "y" },
    ]);
    expect(lines[1]).toBe("\u001B[31mred\u001B[39m    x");
  });
});
