/** Most bytes of a log chunk, uncompressed. Runners are told so in `ready`. */
export const maxChunkBytes = 64 * 1024;

/** Most bytes that are kept of one stream. A stream that would grow beyond is closed there, and its readers are told. */
export const maxStreamBytes = 512 * 1024 * 1024;

/** How many bytes a runner may have under way per stream, sent and not acknowledged. */
export const logWindowBytes = 4 * 1024 * 1024;
