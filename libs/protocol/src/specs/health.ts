import { z } from "zod";

const common = { component: z.string().min(1), name: z.string().min(1), timeoutSeconds: z.number().int().positive() };

/** One look at a component from where the runner is. */
export const probeSchema = z.discriminatedUnion("type", [
  /** Well where the answer's status is one of 200 to 399. Redirects are not followed. */
  z.object({ type: z.literal("http"), ...common, url: z.url({ protocol: /^https?$/ }) }),
  /** Well where a connection is made. */
  z.object({ type: z.literal("tcp"), ...common, host: z.string().min(1), port: z.number().int().min(1).max(65_535) }),
  /** Well where the program ends with exit code 0. */
  z.object({ type: z.literal("exec"), ...common, command: z.array(z.string()).min(1) }),
]);

/** Looks at the components of an install, once each. A probe that finds something wrong is no failure of the job. */
export const healthProbeSpec = z.object({ kind: z.literal("health.probe"), probes: z.array(probeSchema).min(1).max(500) });

/** The output `probes` of the job. */
export const probeReportsSchema = z
  .array(z.object({ component: z.string(), name: z.string(), healthy: z.boolean(), why: z.string().max(1000) }))
  .max(500);

export type Probe = z.infer<typeof probeSchema>;
export type HealthProbeSpec = z.infer<typeof healthProbeSpec>;
export type ProbeReport = z.infer<typeof probeReportsSchema>[number];
