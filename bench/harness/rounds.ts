// Interleaved rounds: every variant is measured once in each, so that the machine's moods meet all of them.
import type { Samples } from "./result.ts";

/** The readings of one variant in one round, by the measure's name. */
export type Readings = Record<string, number>;

/** The samples of each measure. */
export type Measured = Record<string, Samples>;

/** Runs the rounds; each one begins with another variant. */
export async function interleave(
  variants: Record<string, () => Promise<Readings>>,
  rounds: number,
): Promise<Measured> {
  const names = Object.keys(variants);
  const measured: Measured = {};
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length] as string;
      const readings = await variants[name]?.();
      for (const [measure, value] of Object.entries(readings ?? {})) {
        measured[measure] ??= Object.fromEntries(names.map((variant) => [variant, []]));
        measured[measure][name]?.push(value);
      }
    }
  }
  return measured;
}

/** Repeats a step in so many loops at once until the time is over; returns how often it was done, and how long each took. */
export async function loopFor(
  milliseconds: number,
  loops: number,
  step: (loop: number) => Promise<unknown>,
): Promise<{ perSecond: number; millis: number[]; count: number }> {
  const millis: number[] = [];
  const started = performance.now();
  const end = started + milliseconds;
  await Promise.all(
    Array.from({ length: loops }, async (_, loop) => {
      for (let before = performance.now(); before < end; ) {
        await step(loop);
        const after = performance.now();
        millis.push(after - before);
        before = after;
      }
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  return { perSecond: millis.length / seconds, millis, count: millis.length };
}
