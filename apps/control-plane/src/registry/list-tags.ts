import { isTag } from "@berth/oci/reference";
import type { RegistryDeps, RegistryRequest } from "./deps.ts";
import { refusal } from "./refusal.ts";

/** The tags of a repository in byte order, by pages with `n` and `last`. */
export async function listTags(deps: RegistryDeps, request: RegistryRequest, input: { repository: string }): Promise<Response> {
  const { repository } = input;
  const wanted = request.query.get("n");
  if (wanted !== null && !/^\d{1,9}$/.test(wanted)) throw refusal("UNSUPPORTED", "n must be a number");
  const count = Math.min(wanted === null ? deps.limits.pageSize : Number(wanted), deps.limits.pageSize);
  const last = request.query.get("last") ?? "";
  if (last !== "" && !isTag(last)) throw refusal("UNSUPPORTED", "last must be a tag");
  const rows = await deps.db
    .selectFrom("registry_tags")
    .select("tag")
    .where("repository", "=", repository)
    .where("tag", ">", last)
    .orderBy("tag")
    .limit(count + 1)
    .execute();
  if (rows.length === 0 && !(await isKnown(deps, repository))) throw refusal("NAME_UNKNOWN", "There is no such repository");
  const tags = rows.slice(0, count).map((row) => row.tag);
  const more = rows.length > count && count > 0;
  const next = new URLSearchParams({ n: String(count), last: tags.at(-1) ?? "" });
  return Response.json(
    { name: repository, tags },
    more ? { headers: { link: `</v2/${repository}/tags/list?${next.toString()}>; rel="next"` } } : {},
  );
}

async function isKnown(deps: RegistryDeps, repository: string): Promise<boolean> {
  const found = await deps.db
    .selectFrom("registry_manifests")
    .select("digest")
    .where("repository", "=", repository)
    .limit(1)
    .executeTakeFirst();
  return found !== undefined;
}
