import type { ApiClient, CallOutput } from "@berth/api/client";
import { InvalidInput } from "../invalid-input.ts";
import { NotFound } from "../not-found.ts";

export type Install = CallOutput<"installs.list">["items"][number];

/**
 * The install behind an id or a name.
 * @param input.app narrows a name that several apps have an install of
 */
export async function resolveInstall(client: ApiClient, input: { install: string; app?: string | undefined }): Promise<Install> {
  if (/^inl[0-9a-z]{22}$/.test(input.install)) return client.call("installs.get", { params: { installId: input.install } });
  const appId = input.app === undefined ? undefined : (await client.call("apps.get", { params: { appId: input.app } })).id;
  const { items } = await client.call("installs.list", { query: { name: input.install, ...(appId === undefined ? {} : { appId }) } });
  const [only, another] = items;
  if (!only) throw new NotFound(`There is no install "${input.install}". \`berth installs list\` shows them.`);
  if (another)
    throw new InvalidInput(
      `${items.length} installs are named "${input.install}". Give the app with --app, or one of the ids: ${items.map((item) => item.id).join(", ")}`,
    );
  return only;
}
