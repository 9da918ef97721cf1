import { describe, expect, it } from "vitest";
import { createRenderer } from "./render-text.ts";

const render = () => createRenderer({ where: "action x (actions/x.toml)", tree: { install: { id: "inst1" } }, now: new Date(0) });

describe("a text of a config that goes to a runner", () => {
  it("is filled in where an action reads our tree; the braces of other programs stay", () => {
    expect(render().text("{{ .nuon.install.id }} {{ .berth.install.id }}", "a")).toBe("inst1 inst1");
    expect(render().text("docker ps --format '{{.Names}}'", "a")).toBe("docker ps --format '{{.Names}}'");
    expect(render().text("jq '{{'", "a")).toBe("jq '{{'");
  });

  it("that fails is told with its field, its place in it and what exists beside a missing key", () => {
    const renderer = render();
    renderer.map({ url: "{{ .nuon.install.nam }}" }, "vars");
    expect(renderer.failure()).toMatchObject({
      reason: "template_failed",
      detail: expect.stringMatching(
        /^vars\.url of action x \(actions\/x\.toml\), line 1, column \d+: There is no key "nam" .*"id"/,
      ) as string,
    });
  });
});
