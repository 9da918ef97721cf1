import type { Path } from "../source/position.ts";
import type { LoadedFile } from "./loaded-file.ts";

/** Where the objects of a config were written: by object, the file and the path in its table. */
export type Origins = WeakMap<object, { file: LoadedFile; path: Path }>;

/** Remembers where a part of the config was written, and gives it back. */
export function withOrigin<Part extends object>(origins: Origins, part: Part, file: LoadedFile, path: Path): Part {
  origins.set(part, { file, path });
  return part;
}
