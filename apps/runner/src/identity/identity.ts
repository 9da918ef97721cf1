import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { writeDurableSync } from "../durable.ts";

const identitySchema = z.object({
  url: z.string(),
  runnerId: z.string(),
  installId: z.string(),
  installName: z.string(),
  enrolledAt: z.string(),
});

/** Who this runner is and whom it belongs to. The key lies beside it. */
export type Identity = z.infer<typeof identitySchema>;

const identityFile = "identity.json";

/** The stored identity, or undefined before enrolment. @throws Error where the file is broken */
export function loadIdentity(dir: string): Identity | undefined {
  let text: string;
  try {
    text = readFileSync(join(dir, identityFile), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  return identitySchema.parse(JSON.parse(text));
}

/** Stores it durably. */
export function saveIdentity(dir: string, identity: Identity): void {
  writeDurableSync(join(dir, identityFile), `${JSON.stringify(identity, null, 2)}\n`);
}
