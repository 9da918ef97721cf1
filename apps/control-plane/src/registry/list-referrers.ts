import { mediaTypes } from "@berth/oci/media-types";
import { sql } from "kysely";
import type { RegistryDeps, RegistryRequest } from "./deps.ts";
import { checkDigest } from "./target.ts";

/** The manifests that name this one as their subject, as an index; by pages where there are many. */
export async function listReferrers(
  deps: RegistryDeps,
  request: RegistryRequest,
  input: { repository: string; digest: string },
): Promise<Response> {
  const { repository, digest } = input;
  const type = request.query.get("artifactType");
  const last = request.query.get("last");
  let query = deps.db
    .selectFrom("registry_manifests")
    .select(["digest", "media_type", "artifact_type", "annotations", sql<number>`length(content)`.as("size")])
    .where("repository", "=", repository)
    .where("subject", "=", digest)
    .orderBy("digest")
    .limit(deps.limits.pageSize + 1);
  if (type !== null) query = query.where("artifact_type", "=", type);
  if (last !== null) query = query.where("digest", ">", checkDigest(last));
  const rows = await query.execute();
  const page = rows.slice(0, deps.limits.pageSize);
  const manifests = page.map((row) => ({
    mediaType: row.media_type,
    digest: row.digest,
    size: row.size,
    ...(row.artifact_type !== null && { artifactType: row.artifact_type }),
    ...(Object.keys(row.annotations).length > 0 && { annotations: row.annotations }),
  }));
  const headers = new Headers({ "content-type": mediaTypes.index });
  if (type !== null) headers.set("oci-filters-applied", "artifactType");
  if (rows.length > page.length) {
    const next = new URLSearchParams({ last: page.at(-1)?.digest ?? "", ...(type !== null && { artifactType: type }) });
    headers.set("link", `</v2/${repository}/referrers/${digest}?${next.toString()}>; rel="next"`);
  }
  return new Response(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests }), { headers });
}
