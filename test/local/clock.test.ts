// The movable clock: follows real time, moves forward only, wakes what waits for it.
import { describe, expect, test } from "vitest";
import { createClock, type Move, timestamp } from "../../local/clock.ts";

const frozen = { realTime: () => 1_000 };

describe("clock", () => {
  test("adds its offset to real time and reports each move", () => {
    const moves: number[] = [];
    const clock = createClock({ ...frozen, offset: 500, onMove: (offset) => moves.push(offset) });
    expect(clock.now()).toBe(1_500);
    clock.advance(250);
    expect([clock.now(), clock.offset, moves]).toEqual([1_750, 750, [750]]);
  });

  test("tells when it showed a time, also one from before it was moved, and one that it skipped", () => {
    let real = 1_000;
    const moves: Move[] = [];
    const clock = createClock({ realTime: () => real, onMove: (_, all) => moves.splice(0, 9, ...all) });
    real = 2_000;
    clock.advance(60_000);
    real = 3_000;
    clock.advance(10_000);
    real = 4_000;
    expect(clock.now()).toBe(74_000);
    const reopened = createClock({ realTime: () => real, offset: clock.offset, moves });
    for (const one of [clock, reopened]) {
      expect(one.realTimeOf(74_000)).toBe(4_000);
      expect(one.realTimeOf(62_500)).toBe(2_500);
      expect(one.realTimeOf(1_500)).toBe(1_500);
      // Skipped: the workspace was then as it was when the clock was moved.
      expect(one.realTimeOf(30_000)).toBe(2_000);
      expect(one.realTimeOf(70_000)).toBe(3_000);
    }
    // A workspace that was moved before moves were noted.
    expect(createClock({ realTime: () => real, offset: 500 }).realTimeOf(2_000)).toBe(1_500);
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
