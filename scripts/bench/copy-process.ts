// Copies one image as a runner does, in a process of its own, and prints its peak memory in kB: `copy-process.ts <source> <target> <repository> <tag>`.
import { readFile } from "node:fs/promises";
import { copyImage } from "@berth/oci/copy";
import { createRegistryClient } from "@berth/oci/client";
import { keepYoungSpaceSmall } from "../../apps/runner/src/artifact/young-space.ts";
import { createPullFetch } from "../../apps/runner/src/net/pull-fetch.ts";

const [source = "", target = "", repository = "", tag = ""] = process.argv.slice(2);
const fetch = createPullFetch({ httpsProxy: undefined, httpProxy: undefined, noProxy: undefined, caFile: undefined });
keepYoungSpaceSmall();
const { sentBytes } = await copyImage({
  source: { client: createRegistryClient({ url: source, fetch }), repository, reference: tag },
  target: { client: createRegistryClient({ url: target, fetch }), repository, tag },
  referrers: true,
  freeSent: true,
});
// Linux counts the peak of the process that started this one into `maxRSS`.
const status = await readFile("/proc/self/status", "utf8").catch(() => "");
const peakKilobytes = Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS);
process.stdout.write(JSON.stringify({ sentBytes, peakKilobytes }));
process.exit(0);
