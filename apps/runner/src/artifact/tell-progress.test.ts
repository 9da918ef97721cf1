import { describe, expect, it } from "vitest";
import { createProgressTeller, formatBytes } from "./tell-progress.ts";

describe("the progress of a copy", () => {
  it("is told at most every five seconds, with what is done and how fast it goes", () => {
    let now = 0;
    const lines: string[] = [];
    const tell = createProgressTeller(
      (line) => lines.push(line),
      () => now,
    );
    for (now = 0; now <= 12_000; now += 100)
      tell({ blobs: 4, blobsDone: now < 9000 ? 0 : 2, bytes: 200_000_000, bytesDone: 0, sentBytes: now * 10_000 });
    expect(lines).toEqual([
      "[berth] 50.0 MB of 200 MB, 0 of 4 layers and configs, 10.0 MB/s",
      "[berth] 100 MB of 200 MB, 2 of 4 layers and configs, 10.0 MB/s",
    ]);
  });

  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [999_999, "1.0 MB"],
    [123_456_789, "123 MB"],
    [5_250_000_000, "5.3 GB"],
  ])("%d bytes are %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});
