import type { ColumnType } from "kysely";

/**
 * What the embedded registry knows; the bytes of blobs are in the blob store.
 * A row of registry_blobs lets one repository see one blob: it is written before the bytes appear in the store and removed before they go.
 */
export const registryTables = `
create table registry_blobs (
  repository text not null,
  digest text not null,
  size bigint not null,
  used_at timestamptz not null default now(),
  primary key (repository, digest)
);
create index registry_blobs_digest on registry_blobs(digest);
create index registry_blobs_used on registry_blobs(used_at);

-- content: the exact bytes. blobs and manifests: digests that the content points to.
create table registry_manifests (
  repository text not null,
  digest text not null,
  media_type text not null,
  content bytea not null,
  blobs text[] not null,
  manifests text[] not null,
  subject text,
  artifact_type text,
  annotations jsonb not null default '{}',
  pushed_at timestamptz not null default now(),
  primary key (repository, digest)
);
create index registry_manifests_blobs on registry_manifests using gin (blobs);
create index registry_manifests_subject on registry_manifests(repository, subject) where subject is not null;

-- Byte order, as the distribution spec wants tags listed.
create table registry_tags (
  repository text not null,
  tag text collate "C" not null,
  digest text not null,
  updated_at timestamptz not null default now(),
  primary key (repository, tag),
  foreign key (repository, digest) references registry_manifests(repository, digest) on delete cascade
);
create index registry_tags_digest on registry_tags(repository, digest);

-- parts: [{id, size, digest}] in the blob store, in order; size is their sum.
create table registry_uploads (
  id text primary key,
  repository text not null,
  size bigint not null default 0,
  parts jsonb not null default '[]',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index registry_uploads_updated on registry_uploads(updated_at);
`;

type Time = ColumnType<Date, Date | undefined, Date>;

/** A piece of an upload as it is remembered between requests. */
export type UploadPart = { id: string; size: number; digest: string };

/** Row types of the registry's tables. */
export type RegistryTables = {
  registry_blobs: { repository: string; digest: string; size: number; used_at: Time };
  registry_manifests: {
    repository: string;
    digest: string;
    media_type: string;
    content: Buffer;
    blobs: string[];
    manifests: string[];
    subject: ColumnType<string | null, string | null | undefined, string | null>;
    artifact_type: ColumnType<string | null, string | null | undefined, string | null>;
    annotations: ColumnType<Record<string, string>, string, string>;
    pushed_at: Time;
  };
  registry_tags: { repository: string; tag: string; digest: string; updated_at: Time };
  registry_uploads: {
    id: string;
    repository: string;
    size: ColumnType<number, number | undefined, number>;
    parts: ColumnType<UploadPart[], string | undefined, string>;
    created_at: Time;
    updated_at: Time;
  };
};
