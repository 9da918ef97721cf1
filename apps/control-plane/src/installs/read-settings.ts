import { installSettingsSchema } from "@berth/api/contract/install-settings";
import type { z } from "zod";

export type InstallSettings = z.output<typeof installSettingsSchema>;

/** An install's settings: what is stored of it, then what its org says, then the defaults. */
export function readSettings(stored: Record<string, unknown>, org: Record<string, unknown>): InstallSettings {
  return installSettingsSchema.parse({ ...org, ...stored });
}
