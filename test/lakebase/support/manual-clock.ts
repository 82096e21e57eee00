// A clock that jumps over every sleep, and remembers them.
import type { Clock } from "../../../lakebase/workspace/index.ts";

/** A clock for tests: sleeping takes no time and moves it forward. */
export interface ManualClock extends Clock {
  sleeps: number[];
}

/** Starts at a fixed time. */
export function manualClock(): ManualClock {
  let now = Date.parse("2026-11-22T10:00:00Z");
  const sleeps: number[] = [];
  return {
    sleeps,
    now: () => now,
    async sleep(milliseconds, signal) {
      signal?.throwIfAborted();
      sleeps.push(milliseconds);
      now += milliseconds;
    },
  };
}
