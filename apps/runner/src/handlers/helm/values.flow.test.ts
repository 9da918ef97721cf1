import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { kubernetesTools } from "@berth/testkit/kubernetes/tools";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { mergeValues } from "./values.ts";

/** The same cases each time, so that a commit's result is its own. `BERTH_TEST_SEED` tries others. */
const seed = Number(process.env.BERTH_TEST_SEED ?? 20_261_127);
let dir = "";
let helm = "";
beforeAll(async () => {
  ({ helm } = await kubernetesTools());
  dir = mkdtempSync(join(tmpdir(), "berth-values-"));
  mkdirSync(join(dir, "templates"));
  writeFileSync(join(dir, "Chart.yaml"), "apiVersion: v2\nname: values\nversion: 0.1.0\n");
  writeFileSync(join(dir, "values.yaml"), "default: kept\nc: { d: default, z: 1 }\nlist: [{ x: 1 }]\n");
  writeFileSync(
    join(dir, "templates", "out.yaml"),
    "yaml: {{ toYaml .Values | quote }}\nkinds: {{ range $k, $v := .Values }}{{ $k }}={{ kindOf $v }}={{ $v }} {{ end }}\n",
  );
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function template(args: readonly string[]): Promise<string> {
  return (await promisify(execFile)(helm, ["template", "x", dir, ...args])).stdout;
}

let count = 0;
function file(text: string): string[] {
  const path = join(dir, `values-${++count}.yaml`);
  writeFileSync(path, text);
  return ["--values", path];
}

/** What the runner gives Helm. */
function given(input: Parameters<typeof mergeValues>[0]): string[] {
  const { text, wholes } = mergeValues(input);
  return [...file(text), ...wholes.flatMap(({ key, value }) => ["--set", `${key}=${value}`])];
}

describe("merged values", () => {
  it("are what helm itself makes of files and --set, types included", async () => {
    const key = fc.constantFrom(
      "a",
      "b",
      "c.d",
      "c.e",
      "list[0]",
      "list[1].x",
      "list[2][1]",
      "esc\\.aped",
      "deep.er.still",
      "q\\,r",
      "c.b\\=s",
    );
    const value = fc.oneof(
      fc.constantFrom(
        "true",
        "True",
        "null",
        "NULL",
        "0",
        "007",
        "12",
        "+5",
        "-0",
        "123456789012",
        "9007199254740993",
        "99999999999999999999",
      ),
      fc.constantFrom(
        "{a,b}",
        "{1,true,null}",
        "{}",
        "[]",
        "{ a , b }",
        "{a",
        "text",
        "with space",
        "1.5",
        "-3",
        "a\\,b",
        "back\\\\slash",
        "",
      ),
      fc.stringMatching(/^[a-z:/@-]{0,8}$/),
    );
    const tree = fc.record(
      {
        a: fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(null)),
        c: fc.record({ d: fc.string({ maxLength: 4 }), f: fc.boolean(), z: fc.constant(null) }, { requiredKeys: [] }),
        list: fc.array(fc.record({ x: fc.nat(9) }), { maxLength: 2 }),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(tree, { maxLength: 2 }),
        fc.uniqueArray(fc.tuple(key, value), { maxLength: 3, selector: ([name]) => name }),
        async (files, set) => {
          const texts = files.map((each) => stringify(each));
          const direct = await template([...texts.flatMap(file), ...set.flatMap(([name, text]) => ["--set", `${name}=${text}`])]).catch(
            () => null,
          );
          // Helm breaks down over a list place where something else is, and over one whose last name gets an empty text.
          if (direct === null || set.some(([name, text]) => text === "" && name.includes("["))) return;
          expect(await template(given({ valuesFiles: texts, set: Object.fromEntries(set), overrides: [] }))).toBe(direct);
        },
      ),
      { numRuns: 120, seed },
    );
  });

  it("are read from YAML as helm reads it, scalar by scalar", async () => {
    const fixed =
      "yes y on Off n ~ Null 22:30 1:2 2024-01-01 2024-01-01T00:00:00Z 017 08 0o17 0x1F 0b11 -0b11 1_000 1e5 1E+5 e5 .5 1. .. +5 -0 +.5 1__0 _1 0x 0xg 9007199254740993 18446744073709551615 99999999999999999999999 1.10 1e400 0_7 -017 00 09.5 1.2.3 10Gi True tRue 1e-7 0b12 0o8 0X1f 1_ 5e 0777777777777777777777777 .0_ .1_0 -.1_0 .5e1_".split(
        " ",
      );
    const scalar = fc
      .oneof(fc.constantFrom(...fixed), fc.stringMatching(/^[0-9_xobeE+.aAfyYnN-]{1,6}$/))
      // JSON has no minus nought; to Go it is one, which it prints as -0.
      .filter((text) => !/^-+$|^-?\.(inf|nan)$|^-0*\.?0*(e.*)?$/i.test(text.replaceAll("_", "")));
    await fc.assert(
      fc.asyncProperty(fc.array(scalar, { minLength: 200, maxLength: 200 }), async (scalars) => {
        const text = scalars.map((each, index) => `k${index}: ${each}\n`).join("");
        expect(await template(given({ valuesFiles: [text], set: {}, overrides: [] }))).toBe(await template(file(text)));
      }),
      { numRuns: 15, seed },
    );
  });

  it("let the install's own documents win over everything, and take a chart's default away with null", async () => {
    const own = given({
      valuesFiles: ["a: 1\nc: { d: file }\n"],
      set: { "c.d": "set", a: "7" },
      overrides: ["c: { d: own }\ndefault: null\n"],
    });
    const out = await template(own);
    expect(out).toContain("d: own");
    expect(out).not.toContain("kept");
    expect(out).toContain("a=int64=7");
  });

  it("refuse what is no map, more than one document, and keys that can't be read, by name", () => {
    const read = (text: string) => () => mergeValues({ valuesFiles: ["a: 1", text], set: {}, overrides: [] });
    expect(read("[1]")).toThrow(/values file 2 can't be read: it is no map/);
    expect(read("a: 1\n---\nb: 2\n")).toThrow(/more than one document/);
    expect(read("---\na: 1\n---\n")).not.toThrow();
    expect(read("a: [")).toThrow(/values file 2 can't be read/);
    expect(
      read(
        `a: &a [x,x]\nb: &b [*a,*a]\n${"c: &c [*b,*b]\n".repeat(1)}${Array.from({ length: 20 }, (_, n) => `k${n}: &k${n} [*${n === 0 ? "c" : `k${n - 1}`},*${n === 0 ? "c" : `k${n - 1}`}]`).join("\n")}`,
      ),
    ).toThrow(/values file 2 can't be read/);
    const set = (key: string) => () => mergeValues({ valuesFiles: [], set: { [key]: "x" }, overrides: [] });
    for (const key of ["", ".", "a..b", "a[x]", "a[-1]", "a[999999]", "[0]", "a.", "__proto__.x"])
      expect(set(key)).toThrow(/can't be read/);
  });
});
