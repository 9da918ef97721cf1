/** What an archive may hold. An archive that goes beyond a limit is refused. */
export type ArchiveLimits = {
  /** Files, directories and links together, also directories that are only implied by a path. */
  entries: number;
  /** Bytes of the tar stream after decompression. */
  expandedBytes: number;
  /** Bytes of the archive as it is stored. */
  archiveBytes: number;
  /** Bytes of one path in UTF-8. */
  pathBytes: number;
  /** Symbolic links; they are held in memory until the end. */
  links: number;
};

/** Fewer than 10⁵ entries, less than 10 GB expanded, 4 GB stored, 1,024-byte paths, 10,000 links. */
export const defaultLimits: ArchiveLimits = {
  entries: 99_999,
  expandedBytes: 9_999_999_999,
  archiveBytes: 4_000_000_000,
  pathBytes: 1024,
  links: 10_000,
};
