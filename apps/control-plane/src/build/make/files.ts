import { join } from "node:path";
import { publishArtifact } from "@berth/oci/artifact";
import { packDirectory } from "@berth/oci/pack";
import { checkoutLimits } from "../checkout.ts";
import type { Made, MakeInput } from "./maker.ts";
import { patiently } from "./patiently.ts";
import { openTargetRepository } from "./target-repository.ts";
import { withSource, type SourceTree } from "./with-source.ts";

/**
 * Makes an artifact of the files of a source tree, as they are.
 * @param more.config tells a runner how to use them
 * @param more.check refuses a tree that a runner could do nothing with
 */
export async function makeFiles(
  input: MakeInput,
  more: { kind: string; config: Record<string, string>; check?: (tree: SourceTree) => Promise<void> },
): Promise<Made> {
  const { say, onStage, signal } = input;
  const { layerPath, tree } = await withSource(input, async (source) => {
    const { directory } = source.source;
    say(`Packing ${source.files} files, ${source.bytes} bytes, from ${directory === "" ? "the root" : directory} (tree ${source.tree})`);
    onStage("pack");
    await more.check?.(source);
    // Outside of the tree's own directory, which goes away.
    const out = join(input.dir, `layer-${source.tree}.tar.gz`);
    const limits = { entries: 2 * checkoutLimits.files, expandedBytes: 2 * checkoutLimits.bytes };
    const packed = await packDirectory({ dir: source.dir, out, limits, signal });
    say(`Packed ${packed.size} bytes, ${packed.digest}`);
    return { layerPath: out, tree: source.tree };
  });
  onStage("publish");
  return patiently(input, "to publish", async () => {
    const { repository, client } = await openTargetRepository(input);
    const config = { ...more.config, tree };
    const published = await publishArtifact({ client, repository, kind: more.kind, config, layerPath, tag: input.build.id, signal });
    say(`Published ${repository}@${published.digest}`);
    return { ...published, repository };
  });
}
