import { execFile } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { sha256 } from "@berth/kit/digest";
import { createRegistryClient } from "@berth/oci/client";
import { mediaTypes } from "@berth/oci/media-types";
import { startDockerRegistry } from "@berth/testkit/docker-registry";
import { build } from "esbuild";
import { lazyBuiltins, oneLanguage } from "../../apps/runner/bundle-plugins.ts";
import { root } from "../run-step.ts";
import { atLeast, atMost, percentile, type Figure } from "./figure.ts";

const layers = 5;
const layerBytes = 100_000_000;
const rounds = 3;
const run = promisify(execFile);

/** An image of 500 MB from one registry to another: how fast beside skopeo, which does the same between, and in how much memory. */
export async function measure(): Promise<Figure[]> {
  const dir = await mkdtemp(join(tmpdir(), "berth-bench-copy-"));
  try {
    await using source = await startDockerRegistry();
    const at = { repository: "bench/image", tag: "v1" };
    await makeImage(source.url, at);
    const program = join(dir, "copy.mjs");
    await build({
      entryPoints: [join(root, "scripts/bench/copy-process.ts")],
      outfile: program,
      bundle: true,
      platform: "node",
      format: "esm",
      minifySyntax: true,
      minifyWhitespace: true,
      plugins: [lazyBuiltins, oneLanguage],
    });

    const seconds = { ours: [] as number[], skopeo: [] as number[] };
    const peaks: number[] = [];
    for (let round = 0; round < rounds; round++) {
      {
        await using target = await startDockerRegistry();
        const from = performance.now();
        const { stdout } = await run(process.execPath, [program, source.url, target.url, at.repository, at.tag]);
        seconds.ours.push((performance.now() - from) / 1000);
        const said = JSON.parse(stdout) as { sentBytes: number; peakKilobytes: number };
        if (said.sentBytes < layers * layerBytes) throw new Error(`Only ${said.sentBytes} bytes were copied`);
        peaks.push((said.peakKilobytes * 1024) / 1e6);
      }
      await using target = await startDockerRegistry();
      const name = (url: string): string => `docker://${new URL(url).host}/${at.repository}:${at.tag}`;
      const from = performance.now();
      await run("skopeo", [
        "--insecure-policy",
        "--tmpdir",
        dir,
        "copy",
        "--src-tls-verify=false",
        "--dest-tls-verify=false",
        name(source.url),
        name(target.url),
      ]);
      seconds.skopeo.push((performance.now() - from) / 1000);
    }
    const speed = (samples: number[]): number => (layers * layerBytes) / 1e6 / percentile(samples, 0.5);
    const [ours, theirs] = [speed(seconds.ours), speed(seconds.skopeo)];
    return [
      { name: "copy.speed", value: ours, unit: "MB/s", n: rounds, ok: true },
      { name: "copy.skopeo", value: theirs, unit: "MB/s", n: rounds, ok: true },
      atLeast(0.6, { name: "copy.ratio", value: ours / theirs, unit: "×", n: rounds }),
      atMost(100, { name: "copy.memory", value: Math.max(...peaks), unit: "MB", n: rounds }),
    ];
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function makeImage(url: string, at: { repository: string; tag: string }): Promise<void> {
  const client = createRegistryClient({ url });
  const put = async (bytes: Buffer): Promise<{ digest: string; size: number }> => {
    const blob = { digest: sha256(bytes), size: bytes.length };
    await client.putBlob({ repository: at.repository, ...blob, source: bytes });
    return blob;
  };
  const made: object[] = [];
  const bytes = Buffer.alloc(layerBytes);
  for (let index = 0; index < layers; index++)
    made.push({ mediaType: "application/vnd.oci.image.layer.v1.tar", ...(await put(randomFillSync(bytes))) });
  const diffIds = made.map((layer) => (layer as { digest: string }).digest);
  const config = await put(
    Buffer.from(JSON.stringify({ architecture: "amd64", os: "linux", config: {}, rootfs: { type: "layers", diff_ids: diffIds } })),
  );
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: { mediaType: "application/vnd.oci.image.config.v1+json", ...config },
    layers: made,
  };
  await client.putManifest({
    repository: at.repository,
    reference: at.tag,
    bytes: Buffer.from(JSON.stringify(manifest)),
    mediaType: mediaTypes.manifest,
  });
}
