import { makeFiles } from "./files.ts";
import type { Maker } from "./maker.ts";

/** The files that a step of an action finds around it. */
export const makeActionSource: Maker<"action_source"> = (input, { kind, config }) => makeFiles(input, { kind, config });
