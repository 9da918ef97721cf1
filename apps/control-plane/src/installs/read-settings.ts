import { installSettingsSchema } from "@berth/api/contract/install-settings";
import type { z } from "zod";

export type InstallSettings = z.output<typeof installSettingsSchema>;

/** What is stored of an install's settings, with defaults for the rest. */
export function readSettings(stored: unknown): InstallSettings {
  return installSettingsSchema.parse(stored);
}
