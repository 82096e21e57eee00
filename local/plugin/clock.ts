// Time and chance, injected: waits and retries of minutes pass in milliseconds under test.

import { setTimeout as delay } from "node:timers/promises";

/** What the plugin knows of time and chance. */
export interface Clock {
  /** Milliseconds; only differences are used. */
  now(): number;
  /** Resolves after that many milliseconds; rejects at once when the signal aborts. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** A number in [0, 1), for jitter. */
  random(): number;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: async (milliseconds, signal) => {
    await delay(milliseconds, undefined, { signal });
  },
  random: Math.random,
};

/**
 * The pause before attempt number `attempt` + 1, as the official plugin's SDK takes it for retries and for waits:
 * one second more each time, at most ten, plus 50 to 750 milliseconds of jitter.
 */
export function backoff(attempt: number, clock: Clock): number {
  return Math.min(attempt, 10) * 1000 + 50 + Math.floor(clock.random() * 700);
}
