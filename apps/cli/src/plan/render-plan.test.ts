import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planHeader } from "@berth/plan/header";
import type { PlanObject } from "@berth/plan/model";
import { terraformPlan } from "@berth/plan/terraform";
import { renderPlan } from "./render-plan.ts";

const show = (objects: PlanObject[], more: { width?: number; full?: boolean } = {}) => {
  const header = planHeader({ kind: "terraform", objects });
  return { text: renderPlan({ plan: { ...header, objects }, color: false, ...more }), counts: header.counts };
};
const render = (plan: unknown) => show(terraformPlan(plan));
const resource = (actions: readonly string[], change: object = {}, rest: object = {}) => ({
  address: "aws_thing.a",
  mode: "managed",
  ...rest,
  change: { actions, before: null, after: null, ...change },
});
const plan = (...changes: object[]) => ({ resource_changes: changes });

describe("a Terraform plan for people", () => {
  it("shows what is created with its values, and what is known only later", () => {
    const { text, counts } = render(
      plan(resource(["create"], { after: { name: "web", size: 2, tags: { env: "prod" } }, after_unknown: { id: true } })),
    );
    expect(text).toContain("+ aws_thing.a will be created");
    expect(text).toContain('+ name = "web"');
    expect(text).toContain("+ size = 2");
    expect(text).toContain("+ tags = {");
    expect(text).toContain('+ env = "prod"');
    expect(text).toContain("+ id = (known after apply)");
    expect(text).toContain("Plan: 1 to create.");
    expect(counts).toEqual({ create: 1, update: 0, replace: 0, delete: 0, outputs: 0 });
  });
  it("shows only what changes, before and after", () => {
    const before = { name: "web", size: 2, list: ["a", "b"], tags: { env: "dev", team: "x" }, gone: 1 };
    const after = { name: "web", size: 3, list: ["a", "c"], tags: { env: "prod", team: "x" }, gone: null };
    const { text } = render(plan(resource(["update"], { before, after })));
    expect(text).toContain("~ size = 2 → 3");
    expect(text).toContain('~ "b" → "c"');
    expect(text).toContain('~ env = "dev" → "prod"');
    expect(text).toContain("- gone = 1");
    expect(text).not.toContain("web");
    expect(text).not.toContain("team");
    expect(text).toContain("# 1 unchanged");
  });
  it.each([
    [["delete", "create"], "-/+"],
    [["create", "delete"], "-/+"],
  ])("counts %s as one replacement and names what forces it", (actions, symbol) => {
    const change = { before: { name: "a", zone: "x" }, after: { name: "b", zone: "x" }, replace_paths: [["name"]] };
    const { text, counts } = render(plan(resource(actions, change)));
    expect(text).toContain(`${symbol} aws_thing.a will be destroyed and created again`);
    expect(text).toContain('~ name = "a" → "b"  # forces replacement');
    expect(counts).toMatchObject({ replace: 1, create: 0, delete: 0 });
  });
  it("names what is destroyed, and why", () => {
    const { text } = render(
      plan(resource(["delete"], { before: { name: "web" } }, { action_reason: "delete_because_no_resource_config" })),
    );
    expect(text).toContain("- aws_thing.a will be destroyed (it is not in the configuration any more)");
    expect(text).toContain("1 to destroy");
  });
  it("never shows a sensitive value, however deep or changed", () => {
    fc.assert(
      fc.property(fc.constantFrom(["create"], ["update"], ["delete"], ["delete", "create"]), fc.boolean(), (actions, whole) => {
        const shadow = whole ? true : { password: true, nested: { key: true } };
        const { text } = render(
          plan(
            resource(actions, {
              before: { password: "hunter2", nested: { key: "hunter3" } },
              after: { password: "hunter4", nested: { key: "hunter5" } },
              before_sensitive: shadow,
              after_sensitive: shadow,
            }),
          ),
        );
        expect(text).not.toContain("hunter");
      }),
    );
  });
  it("masks a value that is sensitive only before or only after", () => {
    const change = {
      before: { a: "hunter2", b: "x" },
      after: { a: "y", b: "hunter3" },
      before_sensitive: { a: true },
      after_sensitive: { b: true },
    };
    const { text } = render(plan(resource(["update"], change)));
    expect(text).not.toContain("hunter");
    expect(text.match(/\(sensitive value\) changes/g)).toHaveLength(2);
  });
  it("shows outputs that change, also when they are all that does", () => {
    const output_changes = {
      url: { actions: ["update"], before: "http://a", after: "http://b" },
      same: { actions: ["no-op"], before: 1, after: 1 },
      secret: { actions: ["create"], before: null, after: "hunter2", after_sensitive: true },
    };
    const { text, counts } = render({ output_changes });
    expect(text).toContain('~ url = "http://a" → "http://b"');
    expect(text).toContain("+ secret = (sensitive value)");
    expect(text).not.toMatch(/same|hunter/);
    expect(counts.outputs).toBe(2);
    expect(text).toContain("Plan: 2 outputs to change.");
  });
  it("shows the changed lines of a long text", () => {
    const { text } = render(plan(resource(["update"], { before: { doc: "a\nb\nc\nd" }, after: { doc: "a\nB\nc\nd" } })));
    expect(text).toContain('- "b"');
    expect(text).toContain('+ "B"');
    expect(text).not.toContain('"c"');
  });
  it("says so when nothing changes, and leaves data sources out", () => {
    const { text } = render(plan(resource(["no-op"]), resource(["read"], {}, { mode: "data" })));
    expect(text).toContain("No changes");
    expect(text).not.toContain("aws_thing");
  });
  it("renders anything without failing, and no control character reaches the terminal", () => {
    const evil = "\u001B[2J\u202Eevil\r\u0007";
    const { text } = render(plan(resource(["create"], { after: { [evil]: evil } }, { address: evil })));
    expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    fc.assert(fc.property(fc.jsonValue(), (value) => void render(value)));
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (before, after, after_unknown) => {
        const rendered = render(plan(resource(["update"], { before, after, after_unknown })));
        expect(rendered.text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      }),
    );
  });
  it("folds what is long, cuts what is wide, and shows all of it when asked to", () => {
    const env = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`KEY_${index}`, "v".repeat(200)]));
    const objects: PlanObject[] = Array.from({ length: 70 }, (_, index) => ({
      address: `ConfigMap web/c${index}`,
      group: "objects",
      action: "create",
      type: "v1/ConfigMap",
      after: index === 0 ? { data: env } : { data: { a: "b" } },
    }));
    const folded = show(objects, { width: 80 }).text;
    expect(folded).toContain("more lines, --full shows them");
    expect(folded).toContain("the values of these 10 are left out");
    expect(Math.max(...folded.split("\n").map((line) => line.length))).toBeLessThanOrEqual(110);
    expect(folded).not.toContain("KEY_99");
    const full = show(objects, { width: 80, full: true }).text;
    expect(full).toContain(`KEY_99 = "${"v".repeat(200)}"`);
    expect(full).not.toContain("--full");
  });
  it("begins with the warnings", () => {
    const { text } = show([
      { address: "PersistentVolumeClaim web/data", group: "objects", action: "delete", type: "v1/PersistentVolumeClaim", before: {} },
    ]);
    expect(text).toMatch(/^  ! PersistentVolumeClaim web\/data: This PersistentVolumeClaim is deleted/);
  });
});
