// Quartz cron expressions: when a schedule is due next.
import { Cron } from "croner";

/** A schedule's expression and time zone. */
export interface Schedule {
  expression: string;
  timezone: string;
}

/**
 * The first time after `after`, both in milliseconds since 1970; undefined when there is none any more. Throws where
 * the expression or the time zone is not valid, or of a form that is not read here: `L-3`, and ranges over the end.
 */
export function nextTime({ expression, timezone }: Schedule, after: number): number | undefined {
  const fields = expression.trim().split(/\s+/);
  if (fields.length !== 6 && fields.length !== 7) {
    throw new Error(
      "it needs 6 or 7 fields: seconds, minutes, hours, day of month, month, day of week, year",
    );
  }
  // Alone, the last day of a week; Quartz counts from Sunday, as 1.
  if (fields[5] === "L") fields[5] = "7";
  const cron = new Cron(fields.join(" "), {
    timezone,
    paused: true,
    alternativeWeekdays: true,
    // Quartz writes every fifth minute from 0 on as 0/5.
    sloppyRanges: true,
  });
  return cron.nextRun(new Date(after))?.getTime();
}
