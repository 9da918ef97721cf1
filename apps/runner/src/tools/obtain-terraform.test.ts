import { createHash } from "node:crypto";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHttpClient } from "../net/request.ts";
import { obtainTerraform } from "./obtain-terraform.ts";

const platform = `${process.platform}_${{ x64: "amd64", arm64: "arm64" }[process.arch as string]}`;
const fake = (version: string): string => `#!/bin/sh\necho '{"terraform_version":"${version}"}'\n`;

/** A zip with one stored entry. */
function zip(name: string, contents: Buffer): Buffer {
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(20, 4);
  local.writeUInt32LE(crc32(contents), 14);
  local.writeUInt32LE(contents.length, 18);
  local.writeUInt32LE(contents.length, 22);
  local.writeUInt16LE(name.length, 26);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  local.copy(central, 6, 4, 30);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(46 + name.length, 12);
  end.writeUInt32LE(30 + name.length + contents.length, 16);
  return Buffer.concat([local, Buffer.from(name), contents, central, Buffer.from(name), end]);
}

describe("terraform", () => {
  let dir: string;
  let mirror: string;
  let files: Map<string, Buffer>;
  let stop: () => Promise<void>;
  let lines: string[];

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), "berth-tools-"));
    files = new Map();
    lines = [];
    const server = createServer((request, response) => {
      const file = files.get(request.url ?? "");
      response.writeHead(file ? 200 : 404);
      response.end(file);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    stop = async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    };
  });
  afterEach(async () => {
    await stop();
    rmSync(dir, { recursive: true, force: true });
  });

  function release(version: string, contents = fake(version), name = "terraform"): void {
    const archive = zip(name, Buffer.from(contents));
    const file = `terraform_${version}_${platform}.zip`;
    const sum = createHash("sha256").update(archive).digest("hex");
    files.set(`/terraform/${version}/${file}`, archive);
    files.set(`/terraform/${version}/terraform_${version}_SHA256SUMS`, Buffer.from(`${"0".repeat(64)}  other.zip\n${sum}  ${file}\n`));
  }

  const obtain = (wanted: string, more: { path?: string; terraformPath?: string; any?: boolean } = {}) =>
    obtainTerraform({
      wanted,
      path: more.path,
      tools: {
        dir: join(dir, "tools"),
        terraformPath: more.terraformPath,
        helmPath: undefined,
        kubectlPath: undefined,
        pulumiPath: undefined,
        terraformMirror: mirror,
        anyTerraformVersion: more.any ?? false,
      },
      http: createHttpClient({ httpsProxy: undefined, httpProxy: undefined, noProxy: undefined, caFile: undefined }),
      signal: new AbortController().signal,
      note: (line) => Promise.resolve(void lines.push(line)),
    });

  function onPath(version: string): string {
    const bin = join(dir, "bin");
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, "terraform"), fake(version));
    chmodSync(join(bin, "terraform"), 0o755);
    return bin;
  }

  it("is taken from PATH or from where the operator says when it fits", async () => {
    const bin = onPath("1.11.4");
    expect(await obtain("~> 1.11", { path: `/nowhere:${bin}` })).toEqual({ path: join(bin, "terraform"), version: "1.11.4" });
    expect(await obtain("1.11.4", { terraformPath: join(bin, "terraform") })).toMatchObject({ version: "1.11.4" });
  });

  it("is downloaded in the wanted version, verified, and found again without a download", async () => {
    release("1.5.7");
    const found = await obtain("1.5.7", { path: onPath("1.11.4") });
    expect(found).toEqual({ path: join(dir, "tools", "terraform", "1.5.7", "terraform"), version: "1.5.7" });
    expect(readFileSync(found.path, "utf8")).toBe(fake("1.5.7"));
    files.clear();
    expect(await obtain("1.5.7")).toEqual(found);
    expect(lines).toHaveLength(1);
  });

  it("is the newest release that a constraint accepts", async () => {
    release("1.6.2");
    const versions = Object.fromEntries(["1.6.0", "1.6.2", "1.6.10-rc1", "1.7.0", "nonsense"].map((version) => [version, {}]));
    files.set("/terraform/index.json", Buffer.from(JSON.stringify({ versions })));
    expect(await obtain("~> 1.6.0")).toMatchObject({ version: "1.6.2" });
  });

  it("is refused when its checksum is wrong or the archive holds something else", async () => {
    release("1.5.7");
    const url = `/terraform/1.5.7/terraform_1.5.7_${platform}.zip`;
    files.set(url, Buffer.concat([files.get(url) ?? Buffer.alloc(0), Buffer.from("x")]));
    await expect(obtain("1.5.7")).rejects.toMatchObject({
      failure: { reason: "terraform_missing", detail: expect.stringContaining("checksum") },
    });
    release("1.5.8", fake("1.5.8"), "../../terraform");
    await expect(obtain("1.5.8")).rejects.toMatchObject({ failure: { reason: "terraform_missing" } });
  });

  it("may be any version when the operator says so, with a word in the log", async () => {
    expect(await obtain("1.2.3", { path: onPath("1.11.4"), any: true })).toMatchObject({ version: "1.11.4" });
    expect(lines[0]).toMatch(/warning: Terraform 1\.2\.3 is wanted; running 1\.11\.4/);
  });

  it("that is missing is explained with three ways to provide it", async () => {
    const failing = obtain("1.2.3", { path: onPath("1.11.4") });
    await expect(failing).rejects.toMatchObject({
      failure: { reason: "terraform_missing", detail: expect.stringMatching(/1\.11\.4[^]*1\. [^]*2\. [^]*3\. /) },
    });
    await expect(obtain("one point two")).rejects.toMatchObject({ failure: { reason: "spec_invalid" } });
  });
});
