// Callers who wait for a busy connection or a new token, whichever comes first.

/** One caller: goes on, or fails because no token came. */
export interface Waiting {
  proceed(): void;
  fail(error: Error): void;
}

/** The line of a pool that has busy connections but no token to open more. */
export class WaitingLine {
  #line: Waiting[] = [];

  get length(): number {
    return this.#line.length;
  }

  /** Takes a place at the end, or again the first one. */
  join(caller: Waiting, isFirst: boolean): void {
    if (isFirst) this.#line.unshift(caller);
    else this.#line.push(caller);
  }

  /** A connection became free. */
  next(): void {
    this.#line.shift()?.proceed();
  }

  /** A token came, or the pool ends. */
  everyone(): void {
    for (const caller of this.#line.splice(0)) caller.proceed();
  }

  /** No token came in time. */
  fail(error: Error): void {
    for (const caller of this.#line.splice(0)) caller.fail(error);
  }
}
