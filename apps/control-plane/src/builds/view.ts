import type { Selectable } from "kysely";
import type { Ctx } from "../context.ts";
import type { BuildFacts, BuildState, Database, ResolvedSource } from "../db/schema.ts";

/** A build as the API shows it. */
export type BuildView = {
  id: string;
  appId: string;
  appConfigId: string;
  target: string;
  checksum: string;
  state: BuildState;
  why: string;
  forced: boolean;
  source?: ResolvedSource;
  attempt: number;
  failure?: { reason: string; detail: string };
  cancelRequested: boolean;
  artifact?: { id: string; repository: string; digest: string; mediaType: string; size: number };
  facts?: BuildFacts;
  logStreamId: string;
  createdAt: string;
  startedAt?: string;
  finishedAt?: string;
};

type ArtifactColumns = {
  repository: string | null;
  digest: string | null;
  media_type: string | null;
  artifact_size: number | null;
};

export type BuildRow = Selectable<Database["builds"]> & ArtifactColumns;

/** The org's builds with their artifacts. */
export function selectBuilds(ctx: Ctx) {
  return ctx.db
    .selectFrom("builds")
    .leftJoin("artifacts", "artifacts.id", "builds.artifact_id")
    .selectAll("builds")
    .select(["artifacts.repository", "artifacts.digest", "artifacts.media_type", "artifacts.size as artifact_size"])
    .where("builds.org_id", "=", ctx.orgId);
}

export function buildView(row: BuildRow): BuildView {
  const { artifact_id: id, repository, digest, media_type: mediaType, artifact_size: size } = row;
  return {
    id: row.id,
    appId: row.app_id,
    appConfigId: row.app_config_id,
    target: row.target,
    checksum: row.checksum,
    state: row.state,
    why: row.why,
    forced: row.forced,
    ...(row.source ? { source: row.source } : {}),
    attempt: row.attempt,
    ...(row.failure ? { failure: row.failure } : {}),
    cancelRequested: row.cancel_requested_at !== null,
    ...(id && repository && digest && mediaType && size !== null ? { artifact: { id, repository, digest, mediaType, size } } : {}),
    ...(row.facts ? { facts: row.facts } : {}),
    logStreamId: row.log_stream_id,
    createdAt: row.created_at.toISOString(),
    ...(row.started_at ? { startedAt: row.started_at.toISOString() } : {}),
    ...(row.finished_at ? { finishedAt: row.finished_at.toISOString() } : {}),
  };
}
