// How long state transitions take: named durations, and what a setting means.

/** Milliseconds of each kind of transition, by the workspace's clock. */
export interface Delays {
  starting: number;
  updating: number;
  stopping: number;
  deleting: number;
  failingOver: number;
}

/** Named durations of state transitions. */
export const delayNames = ["default", "fast", "real"] as const;
/** One of {@link delayNames}. */
export type DelayName = (typeof delayNames)[number];

const namedDelays: Record<DelayName, Delays> = {
  // Long enough to be seen, short enough to wait for.
  default: { starting: 1500, updating: 1500, stopping: 1000, deleting: 1000, failingOver: 1500 },
  // As long as the work takes.
  fast: everyDelay(0),
  // What people see on the service, roughly.
  real: { starting: 90_000, updating: 60_000, stopping: 30_000, deleting: 30_000, failingOver: 30_000 },
};

function everyDelay(milliseconds: number): Delays {
  return {
    starting: milliseconds,
    updating: milliseconds,
    stopping: milliseconds,
    deleting: milliseconds,
    failingOver: milliseconds,
  };
}

/** The durations that a setting stands for: named, one number of milliseconds for all, or each. */
export function delaysOf(delays: DelayName | number | Delays = "default"): Delays {
  if (typeof delays === "number") return everyDelay(delays);
  return typeof delays === "object" ? delays : namedDelays[delays];
}
