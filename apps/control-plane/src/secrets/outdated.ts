import { canonicalJson } from "@berth/kit/digest";
import type { SecretDefinition } from "@berth/toml-schema/config/inputs";
import type { Ctx } from "../context.ts";
import { findSecrets } from "./rows.ts";

/** Whether an install's secrets have to be synced to be what a config says: they are declared otherwise than before, or one of them never was. */
export async function secretsOutdated(
  ctx: Ctx,
  input: { installId: string; before: readonly SecretDefinition[]; now: readonly SecretDefinition[] },
): Promise<boolean> {
  const shape = (secrets: readonly SecretDefinition[]): string => canonicalJson(secrets.map(({ file: _file, ...rest }) => rest));
  if (shape(input.before) !== shape(input.now)) return true;
  if (input.now.length === 0) return false;
  const rows = await findSecrets(ctx, input.installId);
  return input.now.some(({ name }) => !rows.get(name)?.synced_at);
}
