import type { ringSchema } from "@berth/api/contract/rollouts";
import type { z } from "zod";
import { fitsLabels, parseSelector } from "../installs/selector.ts";

export type Ring = z.output<typeof ringSchema>;
export type Candidate = { id: string; name: string; labels: Readonly<Record<string, string>> };

/**
 * Which installs each ring takes. Rings choose one after the other from what is left: by name or id, by labels, then so much of that in the order of names; all of it where a ring
 * chooses nothing. Pure.
 * @throws AppError `bad_request` for a selector that can't be read
 */
export function assignRings(
  installs: readonly Candidate[],
  rings: readonly Ring[],
): { rings: Candidate[][]; left: Candidate[]; unknown: string[] } {
  const known = new Set(installs.flatMap(({ id, name }) => [id, name]));
  let left = installs.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const taken = rings.map((ring) => {
    const conditions = ring.labels === undefined ? undefined : parseSelector(ring.labels);
    const fits = left.filter(
      ({ id, name, labels }) =>
        (ring.installs === undefined || ring.installs.includes(id) || ring.installs.includes(name)) &&
        (conditions === undefined || fitsLabels(labels, conditions)),
    );
    const chosen = ring.percent === undefined ? fits : fits.slice(0, Math.ceil((fits.length * ring.percent) / 100));
    left = left.filter((install) => !chosen.includes(install));
    return chosen;
  });
  return { rings: taken, left, unknown: rings.flatMap(({ installs: names = [] }) => names.filter((name) => !known.has(name))) };
}
