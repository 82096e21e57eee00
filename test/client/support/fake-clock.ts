// A clock that stands still until a test moves it.
import type { Clock } from "../../../client/clock.ts";

interface Timer {
  at: number;
  action: () => void;
  keepsAlive: boolean;
}

/** Lets everything run that only waits for promises. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

/** Wall and monotonic clock, timers and chance in the hands of a test. */
export class FakeClock implements Clock {
  wall = Date.parse("2026-11-22T12:00:00Z");
  mono = 0;
  chance = 0.5;
  readonly timers = new Set<Timer>();

  now(): number {
    return this.wall;
  }

  monotonic(): number {
    return this.mono;
  }

  random(): number {
    return this.chance;
  }

  schedule(milliseconds: number, action: () => void, options: { keepsAlive: boolean }): () => void {
    const timer = { at: this.mono + milliseconds, action, ...options };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  /** Passes the time, running what falls due in its order. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.mono + milliseconds;
    await settle();
    for (;;) {
      const due = [...this.timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.timers.delete(due);
      const step = Math.max(0, due.at - this.mono);
      this.mono += step;
      this.wall += step;
      due.action();
      await settle();
    }
    this.wall += end - this.mono;
    this.mono = end;
    await settle();
  }

  /** Lets time pass, second by second, for as long as the work takes. */
  async during<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const finished = work.finally(() => {
      isDone = true;
    });
    finished.catch(() => {});
    while (!isDone) {
      await this.advance(1_000);
      // Sockets have their turn.
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return finished;
  }

  /** The machine sleeps: the wall clock goes on, timers and the monotonic clock do not. */
  sleep(milliseconds: number): void {
    this.wall += milliseconds;
  }
}
