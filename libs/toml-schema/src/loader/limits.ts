/** What a load may cost; every number can be set by the caller. */
export type Limits = {
  /** TOML files of an app. */
  files: number;
  /** Bytes of one TOML file. */
  fileBytes: number;
  /** Directories below one another. */
  depth: number;
  /** Bytes of one included file. */
  includeBytes: number;
  /** Bytes of all included files together. */
  totalIncludeBytes: number;
  /** Milliseconds for one http(s) include. */
  httpMs: number;
  /** Milliseconds for one git include. */
  gitMs: number;
};

export const defaultLimits: Limits = {
  files: 5000,
  fileBytes: 1 << 20,
  depth: 16,
  includeBytes: 4 << 20,
  totalIncludeBytes: 64 << 20,
  httpMs: 5000,
  gitMs: 30_000,
};
