// What a long step shows: lines in time where there is no terminal, in place where there is one.
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createProgress, elapsed } from "../../../tools/support/index.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("a step of a minute says every 15 seconds how long it takes and what it is at", async () => {
  const lines: string[] = [];
  const progress = createProgress({ log: (line) => lines.push(line) });
  const done = progress.step("building", async (detail) => {
    detail("7 packages");
    await new Promise((resolve) => setTimeout(resolve, 40_000));
    return 42;
  });
  await vi.advanceTimersByTimeAsync(40_000);
  expect(await done).toBe(42);
  expect(lines).toEqual([
    "building …",
    "building … 15s, 7 packages",
    "building … 30s, 7 packages",
    "building: done after 40s",
  ]);
});

test("a failed step says so at once and passes its error on", async () => {
  const lines: string[] = [];
  const progress = createProgress({ log: (line) => lines.push(line) });
  await expect(progress.step("installing", () => Promise.reject(new Error("boom")))).rejects.toThrow("boom");
  expect(lines).toEqual(["installing …", "installing: failed after 0.0s"]);
});

test("on a terminal the line is rewritten and cut to its width", async () => {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 30 });
  const progress = createProgress({ stream: stream as unknown as NodeJS.WriteStream });
  const done = progress.step("a step with quite a long description", async () => {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  });
  await vi.advanceTimersByTimeAsync(1_000);
  await done;
  const shown = String(stream.read());
  expect(shown).toContain("\r\u001b[2Ka step with quite a long descr");
  expect(shown.split("\n")).toHaveLength(2);
  expect(shown).toContain("a step with quite a long description: done after 1.0s\n");
});

test.each([
  [0, "0.0s"],
  [9_940, "9.9s"],
  [59_400, "59s"],
  [125_000, "2m05s"],
])("%i ms read %s", (milliseconds, text) => {
  expect(elapsed(milliseconds)).toBe(text);
});
