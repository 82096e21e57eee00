// How long fuzzing goes on: fixed in `npm test`, as asked for by `npm run fuzz`.
import type { Parameters } from "fast-check";

/** Multiplies the runs of each property; 1 in `npm test`. */
const factor = Number(process.env.FUZZ_FACTOR ?? 1);
const seed = process.env.FUZZ_SEED;

/** The effort for a property that `npm test` gives so many runs. A failure prints its seed and path. */
export function effort(runs: number): Parameters<unknown> {
  return { numRuns: Math.ceil(runs * factor), ...(seed === undefined ? {} : { seed: Number(seed) }) };
}

/** A net against hangs, for a test whose property has so many runs. */
export const patience = Math.max(120_000, 60_000 * factor);
