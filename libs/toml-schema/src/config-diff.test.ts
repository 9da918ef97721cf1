import { describe, expect, it } from "vitest";
import type { AppConfig } from "./app-config.ts";
import { componentChecksum } from "./component-checksum.ts";
import { diffConfigs } from "./config-diff.ts";
import { loadFiles, terraformFile } from "./testing/write-app.ts";

async function configOf(files: Record<string, string>): Promise<AppConfig> {
  const { config, lines } = await loadFiles(files);
  if (!config) throw new Error(lines.join("\n"));
  return config;
}

const values = (region: string) => ({
  "components/api.toml": `${terraformFile("api", { region })}[[var_file]]\ncontents = "./api.tfvars"\n`,
  "components/api.tfvars": "a = 1\n",
});

describe("a component's checksum", () => {
  it("is the same for the same settings in another file and in another order of keys", async () => {
    const one = await configOf({ "components/a.toml": terraformFile("api", { x: "1", y: "2" }) });
    const two = await configOf({ "components/b/c.toml": terraformFile("api", { y: "2", x: "1" }) });
    expect(componentChecksum(one, "api")).toBe(componentChecksum(two, "api"));
    expect(componentChecksum(one, "api")).toMatch(/^sha256:[0-9a-f]{64}$/);
  });
  it("changes with the contents of an included file, and only of its own", async () => {
    const before = await configOf({ ...values("eu"), "components/other.toml": terraformFile("other") });
    const after = await configOf({ ...values("eu"), "components/api.tfvars": "a = 2\n", "components/other.toml": terraformFile("other") });
    expect(componentChecksum(after, "api")).not.toBe(componentChecksum(before, "api"));
    expect(componentChecksum(after, "other")).toBe(componentChecksum(before, "other"));
  });
  it("is refused for a component that is not there", async () => {
    const config = await configOf({});
    expect(() => componentChecksum(config, "api")).toThrow(/no component "api"/);
  });
});

describe("the difference between two configs", () => {
  it("names what came, went and changed, key by key as the TOML file has them", async () => {
    const before = await configOf({ ...values("eu"), "components/old.toml": terraformFile("old") });
    const after = await configOf({
      ...values("us"),
      "components/api.tfvars": "a = 2\n",
      "components/new.toml": terraformFile("new"),
      "runner.toml": 'runner_type = "gcp"\n',
    });
    const diff = diffConfigs(before, after);
    expect(diff.components).toMatchObject({
      added: ["new"],
      removed: ["old"],
      changed: [
        {
          name: "api",
          keys: [
            { key: "var_files", change: "changed" },
            { key: "vars.region", change: "changed", before: "eu", after: "us" },
          ],
        },
      ],
    });
    expect(diff.words).toEqual([
      'component "new" added',
      'component "api" changed: var_files changed, vars.region "eu" → "us"',
      'component "old" removed',
      'the runner changed: runner_type "aws" → "gcp"',
    ]);
    expect(diff.empty).toBe(false);
  });
  it("is empty for the same config from other files, and everything for a first one", async () => {
    const config = await configOf(values("eu"));
    const moved = await configOf({
      "components/x/api.toml": terraformFile("api", { region: "eu" }) + '[[var_file]]\ncontents = "a = 1\\n"\n',
    });
    expect(diffConfigs(config, moved)).toMatchObject({ empty: true, words: [] });
    expect(diffConfigs(undefined, config)).toMatchObject({ empty: false, words: ['component "api" added'], sandbox: [] });
  });
});
