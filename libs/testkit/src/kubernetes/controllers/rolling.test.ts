import fc from "fast-check";
import { expect, it } from "vitest";
import { nextScale } from "./rolling.ts";

it("never has more or fewer pods than a rollout may, and comes to its end", () => {
  const amounts = fc.constantFrom<unknown>("25%", "0%", "100%", 0, 1, 2);
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 9 }),
      fc.integer({ min: 0, max: 9 }),
      amounts,
      amounts,
      (wanted, there, maxSurge, maxUnavailable) => {
        let current = { replicas: 0, ready: 0 };
        let old = [{ replicas: there, ready: there }];
        for (let step = 0; step < 40; step++) {
          const next = nextScale({ wanted, maxSurge, maxUnavailable, current, old });
          expect(next.current).toBeGreaterThanOrEqual(current.replicas);
          current = { replicas: next.current, ready: next.current };
          old = next.old.map((replicas) => ({ replicas, ready: replicas }));
        }
        expect([current.replicas, old[0]?.replicas]).toEqual([wanted, 0]);
      },
    ),
  );
});

it("leaves the old pods where the new ones don't get ready", () => {
  const next = nextScale({
    wanted: 2,
    maxSurge: "25%",
    maxUnavailable: "25%",
    current: { replicas: 1, ready: 0 },
    old: [{ replicas: 2, ready: 2 }],
  });
  expect(next).toEqual({ current: 1, old: [2] });
});
