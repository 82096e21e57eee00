// The client's clock in a run: real time plus an offset that the run moves, so that tokens age as in the workspace.
import type { Clock } from "../../client/index.ts";

interface Timer {
  at: number;
  action: () => void;
  handle: NodeJS.Timeout;
}

/** A clock whose timers fall due when their time has come, by waiting or by a move. */
export class SimulatedClock implements Clock {
  readonly #timers = new Set<Timer>();
  #offset: number;

  constructor(offset: number) {
    this.#offset = offset;
  }

  now(): number {
    return Date.now() + this.#offset;
  }

  monotonic(): number {
    return performance.now() + this.#offset;
  }

  random(): number {
    return Math.random();
  }

  schedule(milliseconds: number, action: () => void, { keepsAlive }: { keepsAlive: boolean }): () => void {
    const timer: Timer = {
      at: this.monotonic() + milliseconds,
      action: () => {
        clearTimeout(timer.handle);
        if (this.#timers.delete(timer)) action();
      },
      handle: setTimeout(() => timer.action(), milliseconds),
    };
    if (!keepsAlive) timer.handle.unref();
    this.#timers.add(timer);
    return () => {
      clearTimeout(timer.handle);
      this.#timers.delete(timer);
    };
  }

  /** Sets the offset in milliseconds and runs what is due by then, in the order of its time. */
  moveTo(offset: number): void {
    this.#offset = offset;
    for (;;) {
      const now = this.monotonic();
      const due = [...this.#timers].filter(({ at }) => at <= now).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) return;
      due.action();
    }
  }
}
