import type { ApiClient } from "@berth/api/client";
import { InvalidInput } from "../invalid-input.ts";
import { NotFound } from "../not-found.ts";
import { resolveInstall } from "./install.ts";

/** The id itself, or that of the one runner of the install with this id or name. */
export async function resolveRunner(client: ApiClient, text: string): Promise<string> {
  if (/^run[0-9a-z]{22}$/.test(text)) return text;
  const install = await resolveInstall(client, { install: text });
  const { items } = await client.call("runners.list", { query: { installId: install.id } });
  const usable = items.filter((runner) => runner.state !== "revoked");
  const [only, another] = usable.length > 0 ? usable : items;
  if (!only) throw new NotFound(`Install ${install.name} has no runner.`);
  if (another)
    throw new InvalidInput(`Install ${install.name} has several runners: ${items.map((runner) => runner.id).join(", ")}. Name one.`);
  return only.id;
}
