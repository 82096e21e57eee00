// Rules for the schedule by which pipelines are run that do not run by themselves.
import type { Problem } from "./problems.ts";

/** Rule for a refresh schedule; `policy` is that of the pipeline that it refreshes. */
export function checkSchedule(value: unknown, policy: unknown, path = "refreshSchedule"): Problem[] {
  const allowed = '{ cron, timezone }, for example { cron: "0 0 3 * * ?", timezone: "UTC" }';
  if (typeof value !== "object" || value === null)
    return [{ path, reason: "is not a schedule", value, allowed, fix: "write it as an object" }];
  const { cron, timezone, paused } = value as { cron?: unknown; timezone?: unknown; paused?: unknown };
  const problems: Problem[] = [];
  if (policy === "CONTINUOUS") {
    problems.push({
      path,
      reason: "is given for a CONTINUOUS pipeline, which never rests",
      allowed: "a schedule with SNAPSHOT or TRIGGERED",
      fix: "leave the schedule out, or choose TRIGGERED",
    });
  }
  if (cron !== undefined && !isQuartzCron(cron)) {
    problems.push({
      path: `${path}.cron`,
      reason: "is not a Quartz cron expression",
      value: cron,
      allowed: "6 or 7 fields: seconds, minutes, hours, day of month, month, day of week, year",
      fix: 'write it like "0 0 3 * * ?", which is three in the morning',
    });
  }
  if (timezone !== undefined && !isTimezone(timezone)) {
    problems.push({
      path: `${path}.timezone`,
      reason: "is not a time zone",
      value: timezone,
      allowed: "a name such as UTC or Europe/Berlin",
      fix: "leave it out for UTC",
    });
  }
  // An object is a value that only becomes known later.
  if (paused !== undefined && !["boolean", "object"].includes(typeof paused)) {
    const fix = "write it without quotes";
    problems.push({
      path: `${path}.paused`,
      reason: "is neither true nor false",
      value: paused,
      allowed: "true, false",
      fix,
    });
  }
  return problems;
}

/** The shape only: the service checks the numbers. */
function isQuartzCron(value: unknown): boolean {
  const fields = typeof value === "string" ? value.trim().split(/\s+/) : [];
  return (fields.length === 6 || fields.length === 7) && fields.every((field) => /^[\w*?/,#-]+$/.test(field));
}

function isTimezone(value: unknown): boolean {
  try {
    return typeof value === "string" && new Intl.DateTimeFormat("en", { timeZone: value }) !== undefined;
  } catch {
    return false;
  }
}
