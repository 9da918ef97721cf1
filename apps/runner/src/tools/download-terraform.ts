import { createHash } from "node:crypto";
import { createWriteStream, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { fromBuffer, type Entry, type ZipFile } from "yauzl";
import type { HttpClient } from "../net/request.ts";
import type { Terraform } from "./obtain-terraform.ts";
import { compareVersions, formatVersion, parseVersion, type Constraint, type Version } from "./version-constraint.ts";

const zipLimit = 512 * 1024 * 1024;
const binaryLimit = 1024 * 1024 * 1024;

/**
 * Downloads the newest release that the constraint accepts, checks it against the release's SHA256SUMS, and installs it in the tools directory.
 * @throws Error saying what failed
 */
export async function downloadTerraform(input: {
  constraint: Constraint;
  mirror: string;
  toolsDir: string;
  http: HttpClient;
  signal: AbortSignal;
  note: (line: string) => Promise<void>;
}): Promise<Terraform> {
  const version = input.constraint.exact ?? (await newestRelease(input));
  const name = `terraform_${version}_${platformName()}.zip`;
  const base = `${input.mirror}/terraform/${version}`;
  await input.note(`[berth] downloading Terraform ${version} from ${base}`);
  const sums = await get(input, `${base}/terraform_${version}_SHA256SUMS`, 1024 * 1024);
  const wanted = sums
    .toString("utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .find(([, file]) => file === name)?.[0];
  if (wanted === undefined) throw new Error(`SHA256SUMS of Terraform ${version} does not list ${name}`);
  const zip = await get(input, `${base}/${name}`, zipLimit);
  const actual = createHash("sha256").update(zip).digest("hex");
  if (actual !== wanted.toLowerCase()) throw new Error(`${name} has checksum ${actual}, SHA256SUMS says ${wanted}`);
  return { path: await install(zip, join(input.toolsDir, "terraform", version)), version };
}

async function newestRelease(input: { constraint: Constraint; mirror: string; http: HttpClient; signal: AbortSignal }): Promise<string> {
  const index = JSON.parse((await get(input, `${input.mirror}/terraform/index.json`, 64 * 1024 * 1024)).toString("utf8")) as {
    versions?: Record<string, unknown>;
  };
  const fitting = Object.keys(index.versions ?? {})
    .map((text) => parseVersion(text))
    .filter((version): version is Version => version !== undefined && input.constraint.matches(version))
    .sort(compareVersions);
  const newest = fitting.at(-1);
  if (!newest) throw new Error("no release satisfies the constraint");
  return formatVersion(newest);
}

async function get(input: { http: HttpClient; signal: AbortSignal }, url: string, maxBytes: number): Promise<Buffer> {
  let at = url;
  for (let hops = 0; hops < 4; hops++) {
    const answer = await input.http({ method: "GET", url: at, maxBytes, signal: input.signal, idleMs: 15_000 });
    const to = answer.headers.location;
    if (answer.status >= 300 && answer.status < 400 && to !== undefined) at = new URL(to, at).href;
    else if (answer.status === 200) return answer.body;
    else throw new Error(`${at} answered ${answer.status}`);
  }
  throw new Error(`${url} redirects too often`);
}

async function install(zip: Buffer, dir: string): Promise<string> {
  const path = join(dir, "terraform");
  const temporary = `${path}.${process.pid}.tmp`;
  mkdirSync(dir, { recursive: true });
  try {
    await pipeline(await openEntry(zip, "terraform"), createWriteStream(temporary, { mode: 0o755 }));
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
  return path;
}

/** The bytes of one entry, by its exact name: no path of the archive is ever used. */
async function openEntry(zip: Buffer, name: string): Promise<Readable> {
  const open = promisify<Buffer, { lazyEntries: boolean }, ZipFile>(fromBuffer);
  const file = await open(zip, { lazyEntries: true });
  return await new Promise((resolve, reject) => {
    file.on("error", reject);
    file.on("end", () => reject(new Error(`the archive holds no ${name}`)));
    file.on("entry", (entry: Entry) => {
      if (entry.fileName !== name) return file.readEntry();
      if (entry.uncompressedSize > binaryLimit) return reject(new Error(`${name} in the archive is larger than ${binaryLimit} bytes`));
      file.openReadStream(entry, (error, stream) => (error ? reject(error) : resolve(stream)));
    });
    file.readEntry();
  });
}

function platformName(): string {
  const arch = { x64: "amd64", arm64: "arm64", arm: "arm", ia32: "386" }[process.arch as string];
  if (arch === undefined || !["linux", "darwin", "freebsd"].includes(process.platform)) {
    throw new Error(`there is no Terraform for ${process.platform} on ${process.arch}`);
  }
  return `${process.platform}_${arch}`;
}
