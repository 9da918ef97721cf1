/** How this program starts itself again: node, its flags, and the entry file. */
export type Self = { execPath: string; execArgv: readonly string[]; entry: string };
