import { Cron } from "croner";
import { z } from "zod";

/** A rule that a plan must pass to be approved by itself. */
export const planPolicySchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("no_deletes") }).describe("Deletes nothing"),
  z.object({ type: z.literal("no_replaces") }).describe("Replaces nothing"),
  z
    .object({ type: z.literal("only_components"), components: z.array(z.string().max(200)).min(1).max(500) })
    .describe("Only of these components"),
]);

const day = 86_400;

function isCron(text: string): boolean {
  try {
    return new Cron(text, { mode: "5-part", paused: true }).nextRun() !== null;
  } catch {
    return false;
  }
}

function isTimezone(text: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: text }).format();
    return true;
  } catch {
    return false;
  }
}

/** How long a plan can be decided on. */
export const approvalExpiresSchema = z
  .number()
  .int()
  .min(60)
  .max(365 * day);

/** How changes of an install are controlled. */
export const installSettingsSchema = z.object({
  approvalExpiresSeconds: approvalExpiresSchema
    .default(30 * day)
    .describe(
      "A plan that nobody has decided on for so long can't be approved any more; where the install says nothing, the organisation's setting holds",
    ),
  twoPerson: z.boolean().default(false).describe("Two different identities must approve each plan; nothing is approved by itself"),
  customerApproval: z.boolean().default(false).describe("The customer must approve each plan too, with a token of their own"),
  maintenanceWindows: z
    .array(
      z.object({
        cron: z.string().max(100).refine(isCron, "is not a five-field cron expression").describe("When it opens"),
        durationSeconds: z
          .number()
          .int()
          .min(60)
          .max(7 * day),
        timezone: z.string().max(64).refine(isTimezone, "is not an IANA time zone").default("UTC"),
      }),
    )
    .max(20)
    .default([])
    .describe("Changes begin only inside of one of them; plans, drift checks and actions at any time"),
  driftRemediation: z
    .enum(["off", "plan"])
    .default("off")
    .describe("`plan`: a drift starts a deploy that puts it back, whose plan waits for approval as any other does"),
  policies: z
    .array(planPolicySchema)
    .max(50)
    .default([{ type: "no_deletes" }, { type: "no_replaces" }])
    .describe("What a plan must pass where a component's config says `auto_approve_on_policies_passing`"),
});

type Changes<S extends Record<string, z.ZodDefault>> = { [K in keyof S]: z.ZodOptional<z.ZodNullable<z.ZodType<z.output<S[K]>>>> };

/** The fields of a shape without their defaults, each optional: what a change may name. Null takes a setting back to its default. */
export function optionalOf<S extends Record<string, z.ZodDefault>>(shape: S): Changes<S> {
  return Object.fromEntries(
    Object.entries(shape).map(([name, field]) => [name, (field.unwrap() as z.ZodType).nullable().optional()]),
  ) as Changes<S>;
}
