import { parse } from "smol-toml";
import { describe, expect, it } from "vitest";
import keysInUse from "../fixtures/keys-in-use.json" with { type: "json" };
import { interpretDocument } from "../loader/interpret.ts";
import type { Problems } from "../loader/problem.ts";
import { sectionOf } from "../loader/sections.ts";
import { kindByType, kinds } from "../schema/kind-by-type.ts";
import { fieldAt, walkValue } from "../schema/walk.ts";
import { parseDocument } from "../source/document.ts";

const files: Readonly<Record<string, string>> = { branch: "branches/x.toml" };

function interpret(file: string, text: string) {
  const problems: Problems = { list: [] };
  const doc = parseDocument(file, text);
  const section = sectionOf(file);
  if (!("value" in doc) || !section) throw new Error(file);
  return { file: interpretDocument(doc, section, problems), problems: problems.list };
}

describe.each(kinds.map((kind) => [kind.type, kind] as const))("%s", (type, kind) => {
  it("has an example that is right, and that the loader reads as this kind", () => {
    const path = files[type] ?? kind.location.replace("**/*", "x");
    const { file, problems } = interpret(path, kind.example);
    expect(problems.filter((problem) => problem.severity === "error")).toEqual([]);
    expect(file?.kind.type).toBe(type);
    expect(kind.example).toContain(`# ${type}\n`);
  });
  it("describes every key", () => {
    const missing: string[] = [];
    const visit = (schema: Record<string, unknown>, path: string) => {
      for (const [key, member] of Object.entries((schema["properties"] ?? {}) as Record<string, Record<string, unknown>>)) {
        if (!member["description"] && !/\b(var|env_var|value)\[\]/.test(path)) missing.push(`${path}${key}`);
        visit(member, `${path}${key}.`);
        if (member["items"]) visit(member["items"] as Record<string, unknown>, `${path}${key}[].`);
      }
    };
    visit(kind.schema.toJSONSchema({ io: "input" }) as Record<string, unknown>, "");
    expect(missing).toEqual([]);
  });
});

describe("keys that real apps use", () => {
  it.each(Object.entries(keysInUse))(
    "%s: all are known, apart from known mistakes, which are not taken for right",
    (type, { known, mistakes }) => {
      const kind = kindByType(type);
      if (!kind) throw new Error(type);
      const toPath = (key: string) =>
        key
          .replaceAll("[]", ".0")
          .split(".")
          .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
      expect(known.filter((key) => !fieldAt(kind.schema, toPath(key)))).toEqual([]);
      const accepted = mistakes.filter((key) => fieldAt(kind.schema, toPath(key)) && !fieldAt(kind.schema, toPath(key))?.info?.deprecated);
      expect(accepted).toEqual([]);
    },
  );
});

describe("kinds", () => {
  it("are found by the names that editors and people use", () => {
    for (const [name, type] of [
      ["terraform_module", "terraform"],
      ["kubernetes_manifest", "kubernetes-manifest"],
      ["external_image", "container-image"],
      ["Helm", "helm"],
    ] as const) {
      expect(kindByType(name)?.type).toBe(type);
    }
    expect(kindByType("nothing")).toBeUndefined();
  });
  it("let a walk meet what is unknown at any depth, and never what maps hold", () => {
    const unknown: string[] = [];
    const action = kindByType("action");
    const raw = parse('name = "a"\nx = 1\n[[steps]]\nname = "s"\ny = 1\n[steps.env_vars]\nanything = "1"\n[steps.public_repo]\nz = 1\n');
    if (action) walkValue(action.schema, raw, { unknown: (path) => unknown.push(path.join(".")) });
    expect(unknown).toEqual(["x", "steps.0.y", "steps.0.public_repo.z"]);
  });
});
