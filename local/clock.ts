// The workspace's clock: every lifetime and state transition asks it, so that moving it moves them all.

/** A clock that runs with real time, plus an offset that tests and demonstrations may enlarge. */
export interface WorkspaceClock {
  /** Milliseconds since 1970, as the workspace sees them. */
  now(): number;
  /** How far ahead of real time the clock is, in milliseconds. */
  readonly offset: number;
  /** The real time at which the clock showed a time; of one that was skipped, when it was skipped. */
  realTimeOf(time: number): number;
  /** Moves the clock forward. A workspace's clock never runs back. */
  advance(milliseconds: number): void;
  /** Resolves once the clock shows `time`; rejects with the signal's reason when that is aborted first. */
  until(time: number, signal?: AbortSignal): Promise<void>;
}

/** One move: when it was made, in real time, and the offset since. */
export interface Move {
  at: number;
  offset: number;
}

/** Moves beyond this number are forgotten, the oldest first: nobody asks for times so far back. */
const rememberedMoves = 1000;

/** Settings of {@link createClock}. */
export interface ClockOptions {
  /** Real time in milliseconds; a test may bring its own. */
  realTime?: () => number;
  /** The offset that an earlier run left behind. */
  offset?: number;
  /** The moves that led to it, oldest first. */
  moves?: readonly Move[];
  /** Called with the new offset and all moves after each move, to make them durable. */
  onMove?: (offset: number, moves: readonly Move[]) => void;
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
  let moves = options.moves ?? [];
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
    realTimeOf(time) {
      let end = Number.POSITIVE_INFINITY;
      for (const move of moves.toReversed()) {
        if (time - move.offset >= move.at) return Math.min(time - move.offset, end);
        end = move.at;
      }
      // Before the first move that is known: an older workspace may have moved without noting it.
      const before = moves[0] === undefined ? offset : 0;
      return Math.min(time - before, end);
    },
    advance(milliseconds) {
      if (!Number.isFinite(milliseconds) || milliseconds < 0) {
        throw new RangeError(`the clock moves forward only, by 0 or more milliseconds, not ${milliseconds}`);
      }
      offset += milliseconds;
      moves = [...moves, { at: realTime(), offset }].slice(-rememberedMoves);
      options.onMove?.(offset, moves);
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
