import { createHash } from "node:crypto";
import { canonical } from "../tree.ts";

/** A short name for a pod template, the same for the same template. */
export function templateHash(template: unknown): string {
  return createHash("sha256").update(canonical(template)).digest("hex").slice(0, 10);
}
