// One database token, kept fresh: refreshed before it expires, kept while it is valid, replaced when it is refused.
import { EventEmitter } from "node:events";
import { type Clock, systemClock } from "./clock.ts";
import { asError, isPermanent, problemOf, tokenSourceClosed, tokenTimeout } from "./errors.ts";
import {
  backoffDelay,
  defaultRefreshPolicy,
  floorOf,
  issuedForMillis,
  maxBackoffOnDemandMillis,
  type RefreshPolicy,
  refreshDelay,
} from "./token-schedule.ts";
import type {
  IssuedToken,
  MintToken,
  RefreshReason,
  TokenEvents,
  TokenSourceOptions,
} from "./token-types.ts";

interface Held {
  token: string;
  expiresAt: number;
  issuedMonotonic: number;
  lifetime: number;
}

interface Waiter {
  resolve(token: string): void;
  reject(error: Error): void;
}

/** Timers are cut into pieces of this length, so that a machine that slept notices soon after waking. */
const longestTimerMillis = 60_000;
/** A token that was refused later than this after it came was good once: its refusal is no row of the one before. */
const rowMillis = 60_000;
/** What a token's life is taken for until the first one tells. */
const usualLifetimeMillis = 3_600_000;

/** Hands out the newest token; any number of callers cause one request. */
export class TokenSource extends EventEmitter<TokenEvents> {
  readonly #mint: MintToken;
  readonly #mode: "background" | "lazy";
  readonly #cacheMillis: number;
  readonly #attemptTimeoutMillis: number;
  readonly #waitMillis: number;
  readonly #policy: RefreshPolicy;
  readonly #clock: Clock;
  readonly #waiters = new Set<Waiter>();
  #held: Held | undefined;
  #lifetime = usualLifetimeMillis;
  #attempt: AbortController | undefined;
  #cancelTimer: (() => void) | undefined;
  /** Monotonic moment of the next planned attempt after a failure. */
  #retryAt = 0;
  #failures = 0;
  /** Tokens refused in a row without a login in between: a new one each time would only be a storm. */
  #refusals = 0;
  #refused: string | undefined;
  #lastError: Error | undefined;
  #closed = false;

  constructor(options: TokenSourceOptions) {
    super();
    // Every pool that shares the source listens.
    this.setMaxListeners(0);
    this.#mint = options.mint;
    this.#mode = options.mode ?? "background";
    this.#cacheMillis = options.cacheMillis ?? 40 * 60_000;
    this.#attemptTimeoutMillis = options.attemptTimeoutMillis ?? 10_000;
    this.#waitMillis = options.waitMillis ?? 25_000;
    this.#clock = options.clock ?? systemClock;
    const given = Object.fromEntries(
      Object.keys(defaultRefreshPolicy).flatMap((key) => {
        const value = options[key as keyof RefreshPolicy];
        return value === undefined ? [] : [[key, value]];
      }),
    );
    this.#policy = { ...defaultRefreshPolicy, ...given };
  }

  /** The token that a login would use at once, without asking anybody; undefined when one must be waited for. */
  current(): string | undefined {
    const held = this.#held;
    if (held === undefined || this.#closed) return undefined;
    if (this.#isFresh(held)) return held.token;
    const isCoolingDown = this.#attempt === undefined && this.#clock.monotonic() < this.#retryAt;
    // The last attempt failed a moment ago: a token that is still valid beats waiting.
    return isCoolingDown && this.#remaining(held) > 0 ? held.token : undefined;
  }

  /** When the token in use expires; undefined without a valid one. */
  get expiresAt(): Date | undefined {
    const held = this.#held;
    return held !== undefined && this.#remaining(held) > 0 ? new Date(held.expiresAt) : undefined;
  }

  /** The newest token; waits for one if need be. Rejects when none can be had in time. */
  get(): Promise<string> {
    const token = this.current();
    if (token !== undefined) return Promise.resolve(token);
    if (this.#closed) return Promise.reject(tokenSourceClosed());
    return new Promise((resolve, reject) => this.#wait(resolve, reject));
  }

  /** The server accepted a login with this token. */
  accepted(token: string): void {
    if (this.#held?.token === token) this.#refusals = 0;
  }

  /**
   * The server refused this token. It is dropped if it is the one in use, and only then: a login that began with an
   * older token says nothing about the newer one. True when it was dropped.
   */
  invalidate(token: string): boolean {
    const held = this.#held;
    if (this.#closed || held === undefined || held.token !== token) return false;
    this.#held = undefined;
    this.#refused = token;
    this.#refusals = this.#age(held) > rowMillis ? 1 : this.#refusals + 1;
    this.#tell("token-refused", { expiresAt: new Date(held.expiresAt) });
    // A token asked for before the refusal may be as dead as the refused one.
    this.#attempt?.abort();
    this.#attempt = undefined;
    if (this.#refusals > 1) this.#plan(this.#refusals - 1);
    else if (this.#mode === "background" || this.#waiters.size > 0) this.#start("refused");
    return true;
  }

  /** Whether a login that was refused is worth a second try: not when the tokens before it were refused too. */
  get mayRecover(): boolean {
    return this.#refusals <= 1 && !this.#closed;
  }

  /** Ends timers and attempts; whoever waits is told. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopTimer();
    this.#attempt?.abort();
    this.#attempt = undefined;
    this.#held = undefined;
    for (const waiter of [...this.#waiters]) waiter.reject(tokenSourceClosed());
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Milliseconds that the token is still good for, by whichever clock says less: clocks jump and machines sleep. */
  #remaining(held: Held): number {
    const byWallClock = held.expiresAt - this.#clock.now();
    return Math.min(byWallClock, held.lifetime - this.#age(held));
  }

  #age(held: Held): number {
    return this.#clock.monotonic() - held.issuedMonotonic;
  }

  #isFresh(held: Held): boolean {
    const remaining = this.#remaining(held);
    if (remaining <= floorOf(this.#policy, held.lifetime)) return false;
    if (this.#mode === "background") return true;
    const used = Math.max(this.#age(held), held.lifetime - remaining);
    return used < Math.min(this.#cacheMillis, (held.lifetime * 2) / 3);
  }

  #wait(resolve: (token: string) => void, reject: (error: Error) => void): void {
    const leave = () => {
      this.#waiters.delete(waiter);
      cancelDeadline();
    };
    const waiter: Waiter = {
      resolve(token) {
        leave();
        resolve(token);
      },
      reject(error) {
        leave();
        reject(error);
      },
    };
    // Whoever waits keeps the process alive; the refresh timer does not.
    const cancelDeadline = this.#clock.schedule(
      this.#waitMillis,
      () => waiter.reject(this.#lastError ?? tokenTimeout(this.#waitMillis)),
      { keepsAlive: true },
    );
    this.#waiters.add(waiter);
    if (this.#attempt !== undefined) return;
    const untilRetry = this.#retryAt - this.#clock.monotonic();
    if (untilRetry <= 0) this.#start("needed");
    else this.#setTimer(Math.min(untilRetry, maxBackoffOnDemandMillis), "needed");
  }

  #start(reason: RefreshReason): void {
    if (this.#attempt !== undefined || this.#closed) return;
    this.#stopTimer();
    const attempt = new AbortController();
    const started = this.#clock.monotonic();
    this.#attempt = attempt;
    const cancelTimeout = this.#clock.schedule(
      this.#attemptTimeoutMillis,
      () => attempt.abort(tokenTimeout(this.#attemptTimeoutMillis)),
      { keepsAlive: false },
    );
    const aborted = new Promise<never>((_, reject) => {
      attempt.signal.addEventListener("abort", () => reject(attempt.signal.reason), { once: true });
    });
    Promise.race([Promise.resolve(attempt.signal).then(this.#mint), aborted])
      .finally(cancelTimeout)
      .then(
        (issued) => this.#finish(attempt, () => this.#accept(issued, reason, started)),
        (error) => this.#finish(attempt, () => this.#fail(asError(error))),
      );
  }

  /** Runs the outcome of an attempt, unless it was overtaken by a refusal or by closing. */
  #finish(attempt: AbortController, outcome: () => void): void {
    if (this.#attempt !== attempt) return;
    this.#attempt = undefined;
    outcome();
  }

  #accept(issued: IssuedToken, reason: RefreshReason, started: number): void {
    const expiresAt = issued.expiresAt instanceof Date ? issued.expiresAt.getTime() : Number.NaN;
    const lifetime = Math.min(
      expiresAt - this.#clock.now(),
      issuedForMillis(issued.token) ?? Number.POSITIVE_INFINITY,
    );
    const problem = problemOf(issued, lifetime, this.#refused);
    if (problem !== undefined) {
      this.#fail(problem);
      return;
    }
    const issuedMonotonic = this.#clock.monotonic();
    this.#held = { token: issued.token, expiresAt, issuedMonotonic, lifetime };
    this.#lifetime = lifetime;
    this.#failures = 0;
    this.#retryAt = 0;
    this.#lastError = undefined;
    if (this.#mode === "background") {
      this.#setTimer(refreshDelay(this.#policy, lifetime, this.#clock.random()), "due");
    }
    for (const waiter of [...this.#waiters]) waiter.resolve(issued.token);
    const tookMillis = issuedMonotonic - started;
    this.#tell("token", { expiresAt: new Date(expiresAt), reason, tookMillis });
  }

  #fail(error: Error): void {
    this.#failures += 1;
    this.#lastError = error;
    const held = this.#held;
    const validForMillis = held === undefined ? 0 : Math.max(0, this.#remaining(held));
    for (const waiter of [...this.#waiters]) {
      if (held !== undefined && validForMillis > 0) waiter.resolve(held.token);
      else if (isPermanent(error)) waiter.reject(error);
    }
    const retryInMillis = this.#plan(this.#failures);
    this.#tell("refresh-failed", { error, failures: this.#failures, retryInMillis, validForMillis });
  }

  /** Plans the next attempt and returns the milliseconds until then. */
  #plan(failures: number): number {
    const delay = backoffDelay(this.#policy, failures, this.#lifetime, this.#clock.random());
    const isAwaited = this.#waiters.size > 0;
    const wait = isAwaited ? Math.min(delay, maxBackoffOnDemandMillis) : delay;
    this.#retryAt = this.#clock.monotonic() + wait;
    if (this.#mode === "background" || isAwaited) this.#setTimer(wait, isAwaited ? "needed" : "due");
    return wait;
  }

  #setTimer(milliseconds: number, reason: RefreshReason): void {
    this.#stopTimer();
    const startedWall = this.#clock.now();
    const piece = Math.min(milliseconds, longestTimerMillis);
    const fire = () => {
      // By the wall clock too: timers stand still while the machine sleeps, the token's life does not.
      const passed = Math.max(piece, this.#clock.now() - startedWall);
      if (passed < milliseconds) this.#setTimer(milliseconds - passed, reason);
      else this.#start(reason);
    };
    this.#cancelTimer = this.#clock.schedule(piece, fire, { keepsAlive: false });
  }

  #stopTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  /** Later, so that a listener that throws harms nobody but itself. */
  #tell<E extends keyof TokenEvents>(event: E, ...details: TokenEvents[E]): void {
    queueMicrotask(() => (this as EventEmitter).emit(event, ...details));
  }
}
