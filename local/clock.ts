// The workspace's clock: every lifetime and state transition asks it, so that moving it moves them all.

/** A clock that runs with real time, plus an offset that tests and demonstrations may enlarge. */
export interface WorkspaceClock {
  /** Milliseconds since 1970, as the workspace sees them. */
  now(): number;
  /** How far ahead of real time the clock is, in milliseconds. */
  readonly offset: number;
  /** Moves the clock forward. A workspace's clock never runs back. */
  advance(milliseconds: number): void;
  /** Resolves once the clock shows `time`; rejects with the signal's reason when that is aborted first. */
  until(time: number, signal?: AbortSignal): Promise<void>;
}

/** Settings of {@link createClock}. */
export interface ClockOptions {
  /** Real time in milliseconds; a test may bring its own. */
  realTime?: () => number;
  /** The offset that an earlier run left behind. */
  offset?: number;
  /** Called with the new offset after each move, to make it durable. */
  onMove?: (offset: number) => void;
}

/** The longest wait that Node's timers hold; longer ones are waited for in pieces. */
const longestTimer = 2 ** 31 - 1;

interface Sleeper {
  time: number;
  wake: () => void;
  timer?: NodeJS.Timeout;
}

/** Makes a clock. */
export function createClock(options: ClockOptions = {}): WorkspaceClock {
  const realTime = options.realTime ?? Date.now;
  const sleepers = new Set<Sleeper>();
  let offset = options.offset ?? 0;
  const now = (): number => realTime() + offset;

  function check(sleeper: Sleeper): void {
    clearTimeout(sleeper.timer);
    const left = sleeper.time - now();
    if (left <= 0) {
      sleepers.delete(sleeper);
      sleeper.wake();
      return;
    }
    sleeper.timer = setTimeout(() => check(sleeper), Math.min(Math.ceil(left), longestTimer));
  }

  return {
    now,
    get offset() {
      return offset;
    },
    advance(milliseconds) {
      if (!Number.isFinite(milliseconds) || milliseconds < 0) {
        throw new RangeError(`the clock moves forward only, by 0 or more milliseconds, not ${milliseconds}`);
      }
      offset += milliseconds;
      options.onMove?.(offset);
      for (const sleeper of [...sleepers]) check(sleeper);
    },
    until(time, signal) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      if (signal?.aborted) {
        reject(signal.reason);
        return promise;
      }
      const sleeper: Sleeper = { time, wake: resolve };
      const abort = (): void => {
        clearTimeout(sleeper.timer);
        sleepers.delete(sleeper);
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", abort, { once: true });
      sleepers.add(sleeper);
      check(sleeper);
      return promise.finally(() => signal?.removeEventListener("abort", abort));
    },
  };
}

/** A time of the clock in the form of the REST API: RFC 3339, UTC, whole seconds. */
export function timestamp(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, -".000Z".length)}Z`;
}
