/** The largest JSON message in bytes, in both directions: an assignment with its var files, a result with its outputs. */
export const maxMessageBytes = 16 * 1024 * 1024;

/** The largest binary frame in bytes: `maxChunkBytes` of a session never asks for more. */
export const maxFrameBytes = 1024 * 1024;

/** The outputs of one job as JSON, in bytes. More is `outputs_invalid`. */
export const maxOutputsBytes = 4 * 1024 * 1024;
