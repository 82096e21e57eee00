// Time as the client sees it, handed in so that tests pass an hour in a millisecond.

/** Clocks, timers and chance. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch: what an expiry date is compared with. It may jump. */
  now(): number;
  /** Milliseconds since some fixed moment: never jumps, but may stand still while the machine sleeps. */
  monotonic(): number;
  /** Runs the action later, once, and returns what cancels it. */
  schedule(milliseconds: number, action: () => void, options: ScheduleOptions): () => void;
  /** From 0 to below 1. */
  random(): number;
}

/** How a timer behaves. */
export interface ScheduleOptions {
  /** Whether the process must stay alive for the timer. */
  keepsAlive: boolean;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  random: () => Math.random(),
  schedule(milliseconds, action, { keepsAlive }) {
    const timer = setTimeout(action, milliseconds);
    if (!keepsAlive) timer.unref();
    return () => clearTimeout(timer);
  },
};
