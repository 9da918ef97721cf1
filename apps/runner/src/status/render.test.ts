import { describe, expect, it } from "vitest";
import { renderStatus } from "./render.ts";
import type { RunnerStatus } from "./status-file.ts";

const identity = { url: "https://berth.example", runnerId: "run1", installId: "inl1", installName: "acme", enrolledAt: "" };
const status: RunnerStatus = {
  process: { pid: 42, mark: "m" },
  version: "0.1.0",
  runnerId: "run1",
  installId: "inl1",
  installName: "acme",
  url: "https://berth.example",
  startedAt: "2026-01-01T00:00:00Z",
  updatedAt: "2026-01-01T00:00:00Z",
  connection: { kind: "connected", sessionId: "s", since: "2026-01-01T00:00:01Z" },
  slots: 4,
  freeSlots: 3,
  draining: false,
  schedules: { count: 0, running: [], waiting: 0 },
  jobs: [{ jobId: "job1", epoch: 2, kind: "terraform.apply", target: "sandbox", since: "2026-01-01T00:00:02Z", waiting: "running" }],
};
const render = (change: Partial<RunnerStatus>, alive = true): string =>
  renderStatus({ dir: "/d", identity, status: { ...status, ...change }, alive, now: Date.parse("2026-01-01T00:00:10Z") });

describe("the status for people", () => {
  it("tells who the runner is, its connection, slots and jobs", () => {
    expect(render({}).split("\n")).toEqual([
      "Runner run1 of install acme (inl1) at https://berth.example",
      "Running as process 42 since 2026-01-01T00:00:00Z, version 0.1.0",
      "Connected since 2026-01-01T00:00:01Z",
      "Slots: 3 of 4 free",
      "Job job1 (terraform.apply sandbox, epoch 2) since 2026-01-01T00:00:02Z: running",
    ]);
  });
  it("tells why it waits", () => {
    const connection = { kind: "waiting", problem: "connect ECONNREFUSED", retryAt: "2026-01-01T00:00:14Z", fatal: false } as const;
    expect(render({ connection })).toContain("Not connected: connect ECONNREFUSED. Next try in 4 s.");
    expect(render({ connection: { ...connection, fatal: true } })).toContain("A person has to act");
    expect(render({ obstacle: "disk_nearly_full: 1 MB free" })).toContain("Takes no jobs: disk_nearly_full");
    expect(render({ draining: true })).toContain("Draining");
    expect(render({ jobs: [] })).toContain("No jobs: waiting for work.");
  });
  it("tells what it runs by itself while there is no link, and what nobody knows of yet", () => {
    const expiresAt = "2026-01-08T00:00:00Z";
    const running = [{ action: "ping", since: "2026-01-01T00:00:05Z" }];
    expect(render({ schedules: { count: 2, expiresAt, running: [], waiting: 0 } })).toContain(
      "2 schedules go on without a link until 2026-01-08T00:00:00Z",
    );
    const connection = { kind: "connecting", attempt: 3 } as const;
    const cut = render({ connection, schedules: { count: 1, expiresAt, running, waiting: 3 } });
    expect(cut).toContain("1 schedule is run here, as there is no link, until 2026-01-08T00:00:00Z");
    expect(cut).toContain("Scheduled run of ping since 2026-01-01T00:00:05Z");
    expect(cut).toContain("3 scheduled runs made without a link: not reported yet");
  });
  it("tells what to do when it does not run", () => {
    expect(render({}, false)).toMatch(/Not running\. Start it with: berth-runner run --dir \/d\n1 job in the journal/);
    expect(renderStatus({ dir: "/d", identity: undefined, status: undefined, alive: false, now: 0 })).toContain("Not enrolled");
  });
});
