import { describe, expect, it } from "vitest";
import { createRenderer } from "../workflows/render-text.ts";
import type { ProbedComponent } from "./probed-components.ts";
import { renderProbes } from "./render-probes.ts";

const tree = { sandbox: { outputs: { domain: "acme.example.com" } } };
function rendered(...probes: ProbedComponent["probes"]) {
  const renderer = () => createRenderer({ where: 'component "api"', tree, now: new Date(0) });
  return renderProbes({ name: "api", probes }, renderer);
}
const common = { component: "api", timeoutSeconds: 10 };

describe("the probes of a component", () => {
  it("are rendered with the install's state", () => {
    expect(
      rendered(
        { type: "http", name: "ready", url: "https://api.{{ .nuon.sandbox.outputs.domain }}/healthz" },
        { type: "tcp", name: "port", url: "tcp://db.{{ .nuon.sandbox.outputs.domain }}:5432" },
        { type: "tcp", name: "six", url: "[::1]:80" },
        { type: "exec", name: "tool", command: ["check", "{{ .nuon.sandbox.outputs.domain }}"] },
      ),
    ).toEqual([
      { name: "ready", probe: { type: "http", name: "ready", ...common, url: "https://api.acme.example.com/healthz" } },
      { name: "port", probe: { type: "tcp", name: "port", ...common, host: "db.acme.example.com", port: 5432 } },
      { name: "six", probe: { type: "tcp", name: "six", ...common, host: "::1", port: 80 } },
      { name: "tool", probe: { type: "exec", name: "tool", ...common, command: ["check", "acme.example.com"] } },
    ]);
  });

  it("that can't be made say why, and keep no other from being made", () => {
    const made = rendered(
      { type: "http", name: "file", url: "file:///etc/passwd" },
      { type: "tcp", name: "portless", url: "db.internal" },
      { type: "tcp", name: "beyond", url: "db.internal:70000" },
      { type: "exec", name: "nothing" },
      { type: "http", name: "missing", url: "http://{{ .nuon.components.db.outputs.host }}/" },
      { type: "http", name: "good", url: "http://127.0.0.1/" },
    );
    expect(made.map((each) => ("probe" in each ? each.name : each.why))).toEqual([
      expect.stringContaining("begins with http"),
      expect.stringContaining("host and port"),
      expect.stringContaining("host and port"),
      expect.stringContaining("needs a `command`"),
      expect.stringContaining("health.probes.missing.url"),
      "good",
    ]);
  });
});
