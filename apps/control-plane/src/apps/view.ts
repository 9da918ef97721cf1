/** An app as the API shows it. */
export type AppView = {
  id: string;
  name: string;
  displayName?: string;
  createdAt: string;
  latestConfig?: { id: string; version: number; createdAt: string };
};

export type AppRow = {
  id: string;
  name: string;
  display_name: string | null;
  created_at: Date;
  config_id: string | null;
  config_version: number | null;
  config_created_at: Date | null;
};

export function appView(row: AppRow): AppView {
  return {
    id: row.id,
    name: row.name,
    ...(row.display_name === null ? {} : { displayName: row.display_name }),
    createdAt: row.created_at.toISOString(),
    ...(row.config_id !== null && row.config_version !== null && row.config_created_at !== null
      ? { latestConfig: { id: row.config_id, version: row.config_version, createdAt: row.config_created_at.toISOString() } }
      : {}),
  };
}
