import { describe, expect, it } from "vitest";
import { arrangeVars, quoteArgs } from "./vars.ts";

const arrange = (vars: Record<string, unknown>, varFiles: string[] = [], ownFiles: string[] = []) =>
  arrangeVars({ vars, varFiles, ownFiles });

describe("variables", () => {
  it("are given as TF_VAR_ texts, untouched where they are text", () => {
    expect(arrange({ a: "x ${y}", n: 3, b: true, l: ["${z}", 1], nothing: null }).env).toEqual({
      TF_VAR_a: "x ${y}",
      TF_VAR_n: "3",
      TF_VAR_b: "true",
      TF_VAR_l: '["$${z}",1]',
      TF_VAR_nothing: "null",
    });
  });
  it("tell JSON var files from HCL ones and keep their order", () => {
    const { files, planArgs } = arrange({}, ['a = "1"\n', ' { "a": "2" }']);
    expect(files.map(({ name }) => name)).toEqual(["vars-1.tfvars", "vars-2.tfvars.json"]);
    expect(planArgs).toEqual(["-var-file=vars-1.tfvars", "-var-file=vars-2.tfvars.json"]);
  });
  it("win over var files, also over the module's own", () => {
    expect(arrange({ a: "1", b: "2" }, ['a = "file"\n']).planArgs).toEqual(["-var-file=vars-1.tfvars", "-var=a=1"]);
    expect(arrange({ a: "1" }, [], ['{"a":"own"}']).planArgs).toEqual(["-var=a=1"]);
    expect(arrange({ a: "1" }, ['aa = "file"\n']).planArgs).toEqual(["-var-file=vars-1.tfvars"]);
  });
  it("that are too large for an environment go in a file, as what they are", () => {
    const list = JSON.stringify(Array.from({ length: 20_000 }, (_, index) => `item-${index}`));
    const { env, files, planArgs } = arrange({ list, text: "x".repeat(200_000) });
    expect(env).toEqual({});
    expect(planArgs).toEqual(["-var-file=vars-large.tfvars.json"]);
    const contents = JSON.parse(files[0]?.contents ?? "") as { list: unknown[]; text: string };
    expect(contents.list).toHaveLength(20_000);
    expect(contents.text).toHaveLength(200_000);
  });
  it("are quoted so that nothing in them is read as anything else", () => {
    expect(quoteArgs(["-var=a=it's $HOME; `x` \\ \n y"])).toBe("'-var=a=it'\\''s $HOME; `x` \\ \n y'");
  });
});
