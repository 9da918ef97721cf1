import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findLogin } from "./find-login.ts";
import { loginPath, readLogins, writeLogins } from "./login-file.ts";

let home: string;
let env: Record<string, string>;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "berth-cli-"));
  env = { XDG_CONFIG_HOME: join(home, "config") };
});
afterEach(() => rm(home, { recursive: true, force: true }));

async function leaveLocal(mode: number): Promise<string> {
  const deep = join(home, "repo", "apps", "web");
  await mkdir(deep, { recursive: true });
  await mkdir(join(home, "repo", ".berth"));
  const path = join(home, "repo", ".berth", "cli.json");
  await writeFile(path, JSON.stringify({ url: "http://local", token: "l" }));
  await chmod(path, mode);
  return deep;
}
const stored = { current: "acme", orgs: { acme: { url: "http://acme", token: "a" }, other: { url: "http://other", token: "o" } } };

describe("the login", () => {
  it("comes from the environment first, whole or not at all", async () => {
    await writeLogins(env, stored);
    expect(await findLogin({ env: { ...env, BERTH_URL: "http://env", BERTH_TOKEN: "e" }, cwd: home })).toEqual({
      url: "http://env",
      token: "e",
    });
    await expect(findLogin({ env: { ...env, BERTH_TOKEN: "e" }, cwd: home })).rejects.toThrow(/BERTH_URL is not/);
    await expect(findLogin({ env: { ...env, BERTH_URL: "http://env" }, cwd: home })).rejects.toThrow(/BERTH_TOKEN is not/);
  });
  it("is then that of a control plane started in a directory above", async () => {
    await writeLogins(env, stored);
    expect(await findLogin({ env, cwd: await leaveLocal(0o600) })).toEqual({ url: "http://local", token: "l" });
  });
  it("does not come from a file that others can read: a clone could bring one", async () => {
    await writeLogins(env, stored);
    expect(await findLogin({ env, cwd: await leaveLocal(0o644) })).toEqual(stored.orgs.acme);
  });
  it("is at last the stored one, of the org that was asked for", async () => {
    await writeLogins(env, stored);
    expect(await findLogin({ env, cwd: home })).toEqual(stored.orgs.acme);
    expect(await findLogin({ env, cwd: home }, "other")).toEqual(stored.orgs.other);
    await expect(findLogin({ env, cwd: home }, "third")).rejects.toThrow(/"third", only to acme, other/);
  });
  it("that is missing is explained", async () => {
    await expect(findLogin({ env, cwd: home })).rejects.toThrow(/berth login --url/);
  });
  it("is stored for this user alone", async () => {
    await writeLogins(env, stored);
    expect((await stat(loginPath(env))).mode & 0o777).toBe(0o600);
    expect(await readLogins(env)).toEqual(stored);
  });
});
