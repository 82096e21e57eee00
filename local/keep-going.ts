// Loops that outlive their errors: each is told, and the next turn waits, longer after every failure in a row.
import { setTimeout as sleep } from "node:timers/promises";

/** How {@link keepGoing} ends, and whom it tells. */
export interface KeepGoingOptions {
  /** Ends the loop; a turn that fails for it is no failure. */
  signal: AbortSignal;
  /** What fails, for the log. */
  name: string;
  log: (line: string) => void;
}

const longestWait = 30;

/** Seconds to wait after so many failures in a row, this one not counted: doubling, up to half a minute. */
export function secondsAfter(failures: number): number {
  return Math.min(2 ** failures, longestWait);
}

/** Takes one turn after the other until the signal. */
export async function keepGoing(
  turn: () => Promise<void>,
  { signal, name, log }: KeepGoingOptions,
): Promise<void> {
  for (let failures = 0; !signal.aborted; ) {
    try {
      await turn();
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      const seconds = secondsAfter(failures);
      failures += 1;
      log(`${name}: ${(error as Error).message}; going on in ${seconds} s`);
      await sleep(seconds * 1000, undefined, { signal }).catch(() => {});
    }
  }
}
