import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { createGzip } from "node:zlib";
import { planHeaderSchema, planObjectSchema, type PlanHeader, type PlanObject } from "./model.ts";
import { planLimits } from "./read.ts";

/**
 * A plan as it travels and is stored: gzip of JSON lines, the header first, then one object a line. Lines let a reader take one object at a time.
 * An object that is too large to be shown, or comes after the plan has reached its limit, keeps its place without its values.
 * @returns the compressed bytes and the digest of what is in them
 * @throws ZodError where a part does not fit the model
 */
export async function encodePlan(
  plan: { header: PlanHeader; objects: Iterable<PlanObject> },
  limits: typeof planLimits = planLimits,
): Promise<{ gzip: Buffer; digest: string }> {
  const hash = createHash("sha256");
  function* lines(): Generator<Buffer> {
    let bytes = 0;
    const line = (value: unknown): Buffer => {
      const text = Buffer.from(`${JSON.stringify(value)}\n`);
      bytes += text.length;
      hash.update(text);
      return text;
    };
    yield line(planHeaderSchema.parse(plan.header));
    for (const object of plan.objects) {
      const whole = planObjectSchema.parse(object);
      const length = JSON.stringify(whole).length;
      // Half of the limit: a character may take several bytes, and what is left out still has its name.
      const fits = length < limits.lineLength / 2 && bytes + length * 2 < limits.bytes / 2;
      yield line(fits ? whole : withoutValues(whole));
    }
  }
  const gzip = await buffer(Readable.from(lines()).pipe(createGzip({ level: 1 })));
  return { gzip, digest: `sha256:${hash.digest("hex")}` };
}

function withoutValues(object: PlanObject): PlanObject {
  const { address, group, action, type, reason } = object;
  const why = "too large to be shown";
  return { address, group, action, type, reason: reason === undefined ? why : `${reason.slice(0, 900)}; ${why}` };
}
