import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runCli, type Ran } from "../testing/run-cli.ts";

const installId = `inl${"0".repeat(22)}`;
const asked: { method: string | undefined; url: string | undefined; body: unknown }[] = [];
const overrides = { component: "api", version: 2, set: { replicas: "3" }, sensitive: ["auth.password"], hasDocument: false, pending: true };
const install = {
  id: installId,
  name: "acme",
  appId: "app1",
  appConfigId: "cfg1",
  state: "active",
  approveAll: false,
  labels: {},
  createdAt: "2026-01-01T00:00:00.000Z",
};
// Stands for the control plane: what it answers is its own tests' business.
const server = createServer((request, response) => {
  void (async () => {
    const { method, url = "" } = request;
    const body = method === "PATCH" ? await json(request) : undefined;
    if (url.includes("/overrides")) asked.push({ method, url, body });
    const answer = !url.includes("/overrides")
      ? { items: [install] }
      : method === "PATCH"
        ? { overrides, changed: true }
        : url.includes("/components/")
          ? overrides
          : { items: [overrides] };
    response.setHeader("content-type", "application/json").end(JSON.stringify(answer));
  })();
});
let dir = "";
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "berth-overrides-"));
  writeFileSync(join(dir, "values.yaml"), "size: 1\n");
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  server.close();
  rmSync(dir, { recursive: true });
});

function berth(...args: string[]): Promise<Ran> {
  asked.length = 0;
  const { port } = server.address() as AddressInfo;
  return runCli(["installs", "overrides", ...args], { cwd: dir, env: { BERTH_URL: `http://127.0.0.1:${port}`, BERTH_TOKEN: "brt_x" } });
}

it("overrides are set, unset and given as a file in one go, and it is said what brings them to what stands", async () => {
  const { code, out, err } = await berth("acme", "api", "--set", "replicas=3", "image.tag=2", "--unset", "debug", "--file", "values.yaml");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(asked).toMatchObject([
    { method: "PATCH", body: { set: { replicas: "3", "image.tag": "2" }, unset: ["debug"], document: "size: 1\n", deploy: false } },
  ]);
  expect(out).toContain("replicas=3\nauth.password=(sensitive)");
  expect(out).toContain("berth installs deploy acme api brings it");
});

it("the document is taken away by --no-file, and left alone where nothing is said of it", async () => {
  await berth("acme", "api", "--no-file");
  expect(asked).toMatchObject([{ body: { document: null } }]);
  await berth("acme", "api", "--set", "a=1");
  expect(asked[0]?.body).not.toHaveProperty("document");
});

it("they are shown of one component and of all, and cleared", async () => {
  expect((await berth("acme", "api")).out).toContain("replicas=3");
  expect((await berth("acme")).out).toMatch(/api\s+replicas, auth\.password\s+not yet/);
  await berth("acme", "api", "--clear");
  expect(asked.map(({ method }) => method)).toEqual(["DELETE", "GET"]);
});

it("what makes no sense together is refused", async () => {
  for (const args of [
    ["acme", "--set", "a=1"],
    ["acme", "api", "--clear", "--set", "a=1"],
    ["acme", "api", "--set", "a=1", "--yes"],
  ])
    expect((await berth(...args)).code).toBe(2);
});
