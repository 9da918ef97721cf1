import { z } from "zod";
import { clusterSchema } from "./common.ts";

const common = { component: z.string().min(1), name: z.string().min(1), timeoutSeconds: z.number().int().positive() };

/** One look at a component from where the runner is. */
export const probeSchema = z.discriminatedUnion("type", [
  /** Well where the answer's status is one of 200 to 399. Redirects are not followed. */
  z.object({ type: z.literal("http"), ...common, url: z.url({ protocol: /^https?$/ }) }),
  /** Well where a connection is made. */
  z.object({ type: z.literal("tcp"), ...common, host: z.string().min(1), port: z.number().int().min(1).max(65_535) }),
  /** Well where the program ends with exit code 0. */
  z.object({ type: z.literal("exec"), ...common, command: z.array(z.string()).min(1) }),
  /** Well where every object that a deploy has made is there and ready. Only for runners that tell of this type. */
  z.object({
    type: z.literal("kubernetes"),
    ...common,
    cluster: clusterSchema,
    namespace: z.string().min(1).max(63),
    /** What tells in the cluster which objects they are: Helm's record of a release, or the inventory of a target. */
    made: z.discriminatedUnion("by", [
      z.object({ by: z.literal("release"), releaseName: z.string().min(1).max(53), storageDriver: z.enum(["secret", "configmap"]) }),
      z.object({ by: z.literal("inventory"), target: z.string().min(1) }),
    ]),
  }),
]);

/** Types of probes, as runners tell which ones they can make. */
export const probeTypes = ["http", "tcp", "exec", "kubernetes"] as const satisfies readonly Probe["type"][];

/** Looks at the components of an install, once each. A probe that finds something wrong is no failure of the job. */
export const healthProbeSpec = z.object({ kind: z.literal("health.probe"), probes: z.array(probeSchema).min(1).max(500) });

/** The output `probes` of the job. */
export const probeReportsSchema = z
  .array(
    z.object({
      component: z.string(),
      name: z.string(),
      healthy: z.boolean(),
      /** More than well or not, where the probe can tell; it counts before `healthy`. `unknown`: it could not look. */
      status: z.enum(["healthy", "degraded", "unhealthy", "unknown"]).optional(),
      why: z.string().max(1000),
    }),
  )
  .max(500);

export type Probe = z.infer<typeof probeSchema>;
export type KubernetesProbe = Extract<Probe, { type: "kubernetes" }>;
export type HealthProbeSpec = z.infer<typeof healthProbeSpec>;
export type ProbeReport = z.infer<typeof probeReportsSchema>[number];
