import type { Published } from "@berth/oci/artifact";
import type { RecipeKind, RecipeOf } from "../../configs/recipes.ts";
import type { BuildTarget } from "../../configs/targets.ts";
import type { Ctx } from "../../context.ts";
import type { BuildFacts, ResolvedSource } from "../../db/schema.ts";
import type { BuildStage } from "../explain-failure.ts";
import type { PushRegistry } from "../push-registry.ts";

/** What a build is given. */
export type MakeInput = {
  ctx: Ctx;
  build: { id: string; appId: string; target: BuildTarget; source?: ResolvedSource | undefined };
  /** A directory for the builder's files; it exists and is removed by the caller. */
  dir: string;
  registry: PushRegistry;
  /** One line for the build's log. */
  say: (line: string) => void;
  /** Told what it is doing now. */
  onStage: (stage: BuildStage) => void;
  signal: AbortSignal;
};

/** What a build made, where it is, and what is worth knowing of it. */
export type Made = Published & { repository: string; facts?: BuildFacts };

/** Makes artifacts of one kind: the same recipe, source tree and repository give the same digest. */
export type Maker<K extends RecipeKind> = (input: MakeInput, recipe: RecipeOf<K>) => Promise<Made>;
