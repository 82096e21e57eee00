// Quartz cron expressions: each form that people use, against times worked out by hand.
import { expect, test } from "vitest";
import { nextTime } from "../../../local/jobs/index.ts";

// A Tuesday.
const from = Date.parse("2024-02-27T10:15:30Z");

/** The next times after `from`, in UTC. */
function times(expression: string, count = 2, timezone = "UTC"): string[] {
  const found: string[] = [];
  for (let after: number | undefined = from; found.length < count; ) {
    after = nextTime({ expression, timezone }, after);
    if (after === undefined) break;
    found.push(new Date(after).toISOString().slice(0, 19));
  }
  return found;
}

test.each<[string, string[]]>([
  ["0 0 3 * * ?", ["2024-02-28T03:00:00", "2024-02-29T03:00:00"]],
  ["0 0/15 * * * ?", ["2024-02-27T10:30:00", "2024-02-27T10:45:00"]],
  ["10,40 5/20 8-18/2 * * ?", ["2024-02-27T10:25:10", "2024-02-27T10:25:40"]],
  ["0 0 12 ? * MON-FRI", ["2024-02-27T12:00:00", "2024-02-28T12:00:00"]],
  // Quartz counts the days of a week from Sunday, as 1.
  ["0 0 12 ? * 1", ["2024-03-03T12:00:00", "2024-03-10T12:00:00"]],
  ["0 0 12 ? * 6#3", ["2024-03-15T12:00:00", "2024-04-19T12:00:00"]],
  ["0 0 12 ? * FRIL", ["2024-03-29T12:00:00", "2024-04-26T12:00:00"]],
  ["0 0 12 ? * L", ["2024-03-02T12:00:00", "2024-03-09T12:00:00"]],
  ["0 0 12 L * ?", ["2024-02-29T12:00:00", "2024-03-31T12:00:00"]],
  ["0 0 12 LW * ?", ["2024-02-29T12:00:00", "2024-03-29T12:00:00"]],
  ["0 0 12 15W * ?", ["2024-03-15T12:00:00", "2024-04-15T12:00:00"]],
  ["0 0 12 29 2 ?", ["2024-02-29T12:00:00", "2028-02-29T12:00:00"]],
  ["0 0 12 1 JAN ? 2025-2026", ["2025-01-01T12:00:00", "2026-01-01T12:00:00"]],
  ["0 0 12 1 1 ? 2020", []],
])("%s", (expression, expected) => {
  expect(times(expression)).toEqual(expected);
});

test("the time zone's days and clock changes count", () => {
  // In the night to March 31 half past two does not exist in Berlin.
  const after = Date.parse("2024-03-30T12:00:00Z");
  const schedule = { expression: "0 30 3 * * ?", timezone: "Europe/Berlin" };
  const first = nextTime(schedule, after) as number;
  expect(new Date(first).toISOString()).toBe("2024-03-31T01:30:00.000Z");
  expect(new Date(nextTime(schedule, Date.parse("2024-03-29T12:00:00Z")) as number).toISOString()).toBe(
    "2024-03-30T02:30:00.000Z",
  );
});

test.each(["", "0 3 * * ?", "0 0 25 * * ?", "0 0 3 * * ? 2024 1", "0 0 12 L-3 * ?", "a b c d e f"])(
  "refuses %j",
  (expression) => {
    expect(() => nextTime({ expression, timezone: "UTC" }, from)).toThrow();
  },
);
