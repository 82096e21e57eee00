// The movable clock: follows real time, moves forward only, wakes what waits for it.
import { describe, expect, test } from "vitest";
import { createClock, timestamp } from "../../local/clock.ts";

const frozen = { realTime: () => 1_000 };

describe("clock", () => {
  test("adds its offset to real time and reports each move", () => {
    const moves: number[] = [];
    const clock = createClock({ ...frozen, offset: 500, onMove: (offset) => moves.push(offset) });
    expect(clock.now()).toBe(1_500);
    clock.advance(250);
    expect([clock.now(), clock.offset, moves]).toEqual([1_750, 750, [750]]);
  });

  test("does not run back", () => {
    const clock = createClock(frozen);
    for (const step of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => clock.advance(step)).toThrow(/moves forward only/);
    }
  });

  test("wakes exactly those whose time has come", async () => {
    const clock = createClock(frozen);
    const woken: number[] = [];
    const end = new AbortController();
    const waits = [1_000, 1_010, 9_000_000_000].map((time) =>
      clock.until(time, end.signal).then(
        () => woken.push(time),
        () => woken.push(-time),
      ),
    );
    await waits[0];
    expect(woken).toEqual([1_000]);
    clock.advance(10);
    await waits[1];
    expect(woken).toEqual([1_000, 1_010]);
    end.abort();
    await waits[2];
    expect(woken).toEqual([1_000, 1_010, -9_000_000_000]);
  });

  test("refuses to wait under an aborted signal", async () => {
    await expect(createClock(frozen).until(0, AbortSignal.abort(new Error("over")))).rejects.toThrow("over");
  });

  test("writes times as the API does", () => {
    expect(timestamp(Date.UTC(2026, 0, 31, 10, 0, 0, 999))).toBe("2026-01-31T10:00:00Z");
  });
});
