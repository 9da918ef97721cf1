import type { Selectable } from "kysely";
import type { Database, RunnerState, Waiting } from "../db/schema.ts";

export type RunnerRow = Selectable<Database["runners"]>;

/** A runner as the API shows it. */
export type RunnerView = {
  id: string;
  installId: string;
  name: string;
  state: RunnerState;
  slots: number;
  draining: boolean;
  version?: string;
  capabilities?: { os: string; arch: string; node: string; kinds: string[]; tools: Record<string, string>; probes?: string[] | undefined };
  lastSeenAt?: string;
  disabledBy?: string;
  createdAt: string;
  waiting?: Waiting;
};

export function runnerView(row: RunnerRow): RunnerView {
  const waiting = whyNoWork(row);
  return {
    id: row.id,
    installId: row.install_id,
    name: row.name,
    state: row.state,
    slots: row.slots,
    draining: row.draining,
    createdAt: row.created_at.toISOString(),
    ...(row.version === null ? {} : { version: row.version }),
    ...(row.capabilities === null ? {} : { capabilities: row.capabilities }),
    ...(row.last_seen_at === null ? {} : { lastSeenAt: row.last_seen_at.toISOString() }),
    ...(row.disabled_by === null ? {} : { disabledBy: row.disabled_by }),
    ...(waiting ? { waiting } : {}),
  };
}

/** Why a runner gets no work, and what would change that; undefined where it does. */
export function whyNoWork(
  row: Pick<RunnerRow, "id" | "state" | "draining" | "created_at" | "last_seen_at" | "disabled_by">,
): Waiting | undefined {
  const seen = (row.last_seen_at ?? row.created_at).toISOString();
  switch (row.state) {
    case "enrolling":
      return {
        reason: "runner_not_enrolled",
        since: row.created_at.toISOString(),
        waitsFor: `runner ${row.id} to enrol`,
        next: "Run the enrol command in the customer's account; a new token can be made at any time.",
      };
    case "offline":
      return {
        reason: "runner_offline",
        since: seen,
        waitsFor: `runner ${row.id} to connect`,
        next: "Start the runner, or look at `berth-runner status` there: it says what it tries and why that fails.",
      };
    case "disabled":
      return {
        reason: "runner_disabled",
        since: seen,
        waitsFor: `runner ${row.id} to be enabled`,
        next: `It was disabled by ${row.disabled_by ?? "somebody"}. Enable it to let it work.`,
      };
    case "revoked":
      return {
        reason: "runner_revoked",
        since: seen,
        waitsFor: "another runner of the install",
        next: "Create a new runner for the install and enrol it.",
      };
    case "online":
      return row.draining
        ? {
            reason: "runner_draining",
            since: seen,
            waitsFor: `runner ${row.id} to take work again`,
            next: "It is being stopped or updated and finishes what it has; work goes on when it is back.",
          }
        : undefined;
  }
}
