import { describe, expect, it } from "vitest";
import { parseRunnerEnv } from "./env.ts";
import { childEnv } from "./process/child-env.ts";

describe("the environment", () => {
  it("has defaults for everything, and flags win", () => {
    const config = parseRunnerEnv(
      { BERTH_URL: "https://a.example/", BERTH_RUNNER_DIR: "/x", HTTPS_PROXY: "" },
      { url: "https://b.example" },
    );
    expect(config).toMatchObject({
      url: "https://b.example",
      dir: "/x",
      slots: 4,
      tools: { dir: "/x/tools" },
      net: { httpsProxy: undefined },
    });
    expect(parseRunnerEnv({ https_proxy: "http://p" }).net.httpsProxy).toBe("http://p");
  });
  it("names what is wrong and shows no value", () => {
    expect(() => parseRunnerEnv({ BERTH_SLOTS: "many", BERTH_URL: "ftp://secret" })).toThrow(/BERTH_URL[^]*BERTH_SLOTS/);
    expect(() => parseRunnerEnv({ BERTH_URL: "ftp://secret" })).not.toThrow(/secret/);
  });
});

describe("the environment of a tool", () => {
  it("holds the basics, the cloud's own and what the operator passes on, and nothing of Berth's", () => {
    const seen = childEnv(
      {
        PATH: "/bin",
        HOME: "/h",
        AWS_REGION: "eu",
        GOOGLE_PROJECT: "p",
        LC_ALL: "C",
        SECRET: "s",
        EXTRA: "e",
        BERTH_ENROLL_TOKEN: "t",
        NODE_OPTIONS: "-r x",
      },
      ["EXTRA", "BERTH_ENROLL_TOKEN"],
    );
    expect(seen).toEqual({ PATH: "/bin", HOME: "/h", AWS_REGION: "eu", GOOGLE_PROJECT: "p", LC_ALL: "C", EXTRA: "e" });
    expect(childEnv({}, []).PATH).toContain("/usr/bin");
  });
});
