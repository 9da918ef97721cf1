import { Cron } from "croner";
import type { Draft } from "../loader/assemble.ts";
import type { Finding, Report } from "./finding.ts";

const driftFloorSeconds = 300;

/** Cron expressions have five fields and happen at some time; drift is not looked for all the time. */
export function checkSchedules(draft: Draft, report: Report): void {
  for (const [index, action] of draft.actions.entries()) {
    for (const [trigger, { cronSchedule }] of action.triggers.entries()) {
      if (cronSchedule !== undefined) checkCron(cronSchedule, ["actions", index, "triggers", trigger, "cronSchedule"], report);
    }
  }
  checkDrift(draft.sandbox?.driftSchedule, ["sandbox", "driftSchedule"], report);
  for (const [index, component] of draft.components.entries())
    checkDrift(component.driftSchedule, ["components", index, "driftSchedule"], report);
}

function checkDrift(schedule: string | undefined, path: Finding["path"], report: Report): void {
  if (schedule === undefined || schedule.includes("{{")) return;
  const cron = checkCron(schedule, path, report);
  if (!cron) return;
  const runs = cron.nextRuns(24);
  const closest = Math.min(...runs.slice(1).map((run, index) => (run.getTime() - (runs[index]?.getTime() ?? 0)) / 1000));
  if (closest < driftFloorSeconds) {
    report({
      severity: "warning",
      code: "schedule_too_often",
      path,
      message: `Looking for drift every ${closest} s makes a plan each time`,
      fix: "five minutes or more is enough",
    });
  }
}

function checkCron(schedule: string, path: Finding["path"], report: Report): Cron | undefined {
  const problem = (message: string, fix?: string) => report({ code: "invalid_cron", path, message, ...(fix ? { fix } : {}) });
  const fields = schedule.trim().split(/\s+/).length;
  if (!schedule.startsWith("@") && fields !== 5) {
    problem(`A schedule has five fields (minute, hour, day, month, weekday); "${schedule}" has ${fields}`, 'e.g. "*/15 * * * *"');
    return undefined;
  }
  try {
    const cron = new Cron(schedule, { paused: true, timezone: "UTC" });
    if (cron.nextRun() === null) problem(`The schedule "${schedule}" never comes`);
    else return cron;
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^CronPattern: /, "") : "";
    problem(`The schedule "${schedule}" is not valid: ${reason}`, 'e.g. "*/15 * * * *"');
  }
  return undefined;
}
