import type { healthSchema, healthSummarySchema } from "@berth/api/contract/installs";
import type { z } from "zod";
import type { CheckHealth } from "../actions/health.ts";
import type { ComponentHealth } from "./get.ts";
import { worstOf } from "./track.ts";

export type Health = z.input<typeof healthSchema>;

/**
 * An install's health: the worst of its components. A check that judges none of them counts for the install itself, and so does one that has not run yet.
 * Pure.
 */
export function healthOf(checks: readonly (CheckHealth & { judges: readonly string[] })[], components: readonly ComponentHealth[]): Health {
  const all = [
    ...components.map(({ component, verdict, why, since }) => ({ name: component, verdict, why, since })),
    ...checks.flatMap(({ action, health, why, since, judges }) =>
      judges.length === 0 || health === "unknown" ? [{ name: action, verdict: health, why, since }] : [],
    ),
  ];
  const told = { checks: checks.map(({ judges: _judges, ...check }) => check), components: [...components] };
  if (all.length === 0) return { health: "unknown", why: "Nothing checks the health of this install", ...told };
  const health = worstOf(all.map(({ verdict }) => verdict));
  const decisive = all.filter(({ verdict }) => verdict === health);
  const times = decisive.flatMap(({ since }) => (since === undefined ? [] : [since])).toSorted();
  // Bad since the first of them was; healthy since the last one came good.
  const since = health === "healthy" ? times.at(-1) : times[0];
  const [first] = decisive;
  const why = health === "healthy" || !first ? "Everything that is checked is healthy" : `${first.name}: ${first.why}`;
  return { health, why, ...told, ...(since === undefined ? {} : { since }) };
}

/** What lists show of an install's health. */
export function healthSummary({ health, why, since }: Health): z.input<typeof healthSummarySchema> {
  return { health, why, ...(since === undefined ? {} : { since }) };
}
