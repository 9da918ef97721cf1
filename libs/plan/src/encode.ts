import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { sha256 } from "@berth/kit/digest";
import { planHeaderSchema, planObjectSchema, type PlanHeader, type PlanObject } from "./model.ts";

/**
 * A plan as it travels and is stored: gzip of JSON lines, the header first, then one object a line. Lines let a reader take one object at a time.
 * @returns the compressed bytes and the digest of what is in them
 * @throws ZodError where a part does not fit the model
 */
export async function encodePlan(plan: { header: PlanHeader; objects: Iterable<PlanObject> }): Promise<{ gzip: Buffer; digest: string }> {
  const lines = [JSON.stringify(planHeaderSchema.parse(plan.header))];
  for (const object of plan.objects) lines.push(JSON.stringify(planObjectSchema.parse(object)));
  const text = Buffer.from(`${lines.join("\n")}\n`);
  return { gzip: await promisify(gzip)(text, { level: 1 }), digest: sha256(text) };
}
