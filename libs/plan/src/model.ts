import { z } from "zod";

/** What a plan does with one object. `read` and `forget` are Terraform's; `none` stands in plans that list what stays. */
export const planActions = ["create", "update", "replace", "delete", "read", "forget", "none"] as const;
export type PlanAction = (typeof planActions)[number];

/** Where an object stands in a plan: what changes, hooks that run on the way, named outputs, and what has changed by itself since the last apply. */
export const planGroups = ["objects", "hooks", "outputs", "drift"] as const;

const pointers = z.array(z.string().max(4096)).max(10_000);

/**
 * One object of a plan. Sensitive values are masked before they get here: `maskedText` stands where one was, `maskedChangedText` where it becomes another one.
 * `unknown`, `sensitive` and `forces` are JSON pointers (RFC 6901) into `after`, or `before` where there is no after: values known only after the apply,
 * values that were masked, and changes that force a replacement.
 */
export const planObjectSchema = z.object({
  /** Unique in its group: `aws_instance.web[0]`, `Deployment web/api`, `clusterrole reader`. */
  address: z.string().min(1).max(4096),
  group: z.enum(planGroups),
  action: z.enum(planActions),
  /** Type of the object: `aws_instance`, `apps/v1/Deployment`. */
  type: z.string().max(1024),
  /** Why, where the tool tells: `it is tainted`, `it is not in the configuration any more`. */
  reason: z.string().max(1024).optional(),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  unknown: pointers.optional(),
  sensitive: pointers.optional(),
  forces: pointers.optional(),
});
export type PlanObject = z.infer<typeof planObjectSchema>;

export const planHeaderSchema = z.object({
  version: z.literal(1),
  /** What made it: the family of the job. */
  kind: z.enum(["terraform", "helm", "kubernetes", "pulumi"]),
  /** One line for people: `Plan: 2 to create, 1 to replace.` */
  summary: z.string().max(1024),
  counts: z.object({
    create: z.int().nonnegative(),
    update: z.int().nonnegative(),
    replace: z.int().nonnegative(),
    delete: z.int().nonnegative(),
    outputs: z.int().nonnegative(),
  }),
  warnings: z.array(z.object({ code: z.string().max(64), address: z.string().max(1024), message: z.string().max(1024) })).max(100),
  /** Remarks about the plan as a whole: `chart web 1.2.0 → 1.3.0`. */
  notes: z.array(z.string().max(1024)).max(100),
});
export type PlanHeader = z.infer<typeof planHeaderSchema>;
export type PlanCounts = PlanHeader["counts"];

/** Stands where a sensitive value was. */
export const maskedText = "(sensitive value)";
/** Stands where a sensitive value will be another one, so that a comparison sees the change. */
export const maskedChangedText = "(sensitive value, changed)";
