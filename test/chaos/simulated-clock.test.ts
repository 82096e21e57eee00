// The applications' clock: a move brings every timer that is due, in order, and none twice.
import { expect, test, vi } from "vitest";
import { SimulatedClock } from "../../chaos/app/simulated-clock.ts";

const keepsAlive = { keepsAlive: false };
const hour = 3_600_000;

test("a move runs what is due by then, in the order of its time, also what that has scheduled", () => {
  const clock = new SimulatedClock(0);
  const seen: string[] = [];
  clock.schedule(2 * hour, () => seen.push("second"), keepsAlive);
  clock.schedule(
    hour,
    () => {
      seen.push("first");
      clock.schedule(0, () => seen.push("at once"), keepsAlive);
      clock.schedule(hour, () => seen.push("later"), keepsAlive);
    },
    keepsAlive,
  );
  const cancel = clock.schedule(hour, () => seen.push("cancelled"), keepsAlive);
  cancel();
  clock.moveTo(2 * hour + 1_000);
  expect(seen).toEqual(["first", "second", "at once"]);
  clock.moveTo(4 * hour);
  expect(seen).toEqual(["first", "second", "at once", "later"]);
});

test("both clocks are ahead by the offset", () => {
  const clock = new SimulatedClock(hour);
  expect(clock.now() - Date.now()).toBeGreaterThan(hour - 1_000);
  const before = clock.monotonic();
  clock.moveTo(3 * hour);
  expect(clock.monotonic() - before).toBeGreaterThanOrEqual(2 * hour);
});

test("without a move a timer comes by itself", async () => {
  const action = vi.fn();
  new SimulatedClock(0).schedule(5, action, { keepsAlive: true });
  await vi.waitUntil(() => action.mock.calls.length === 1, { timeout: 60_000 });
});
