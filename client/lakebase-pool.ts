// A pg pool whose password is a live token: one retried login after a refusal, never a retried query.
import pg, { type PoolClient, type PoolConfig } from "pg";
import { ConnectionProblem } from "../lakebase/connection/index.ts";
import { asError } from "./errors.ts";
import { type LoginContext, wasRefused } from "./lakebase-client.ts";
import type { Meter } from "./meter.ts";
import { findMeter, reportMetrics } from "./metrics.ts";
import type { TokenEvents } from "./token-types.ts";
import { WaitingLine } from "./waiting-line.ts";

/** What a pool tells, besides what a `pg.Pool` tells. */
export interface LakebasePoolEvents extends TokenEvents {
  /** A login is repeated with a new token because the server refused the one before. */
  reconnect: [{ error: Error }];
  /** A connection broke while nobody used it; the pool opens another one when it is needed. */
  "connection-lost": [{ error: Error }];
}

/** What a pool is made of; `createLakebasePool` puts it together. */
export interface PoolParts extends LoginContext {
  driver: PoolConfig;
  /** Part of the connections' life that chance takes off. */
  lifetimeJitter: number;
  random: () => number;
  /** Whether ending the pool ends its token source. */
  ownsTokens: boolean;
  meter: Meter | false | undefined;
  openReadOnly: () => LakebasePool;
}

type Callback = (
  error: Error | undefined,
  client: PoolClient | undefined,
  done: (release?: unknown) => void,
) => void;

const poolEvents = ["token", "refresh-failed", "token-refused"] as const;

/** A `pg.Pool` for Lakebase; make one with `createLakebasePool`. */
export class LakebasePool extends pg.Pool {
  readonly #parts: PoolParts;
  readonly #forwards: (() => void)[] = [];
  readonly #line = new WaitingLine();
  /** Callers who were promised an idle connection and do not have it yet: pg-pool hands it over a tick later. */
  #claimed = 0;
  /** Connections that are logged in. */
  #open = 0;
  #readOnly: LakebasePool | undefined;
  #ended: Promise<void> | undefined;

  constructor(parts: PoolParts) {
    super(parts.driver);
    this.#parts = parts;
    spreadLifetimes(this, parts);
    for (const event of poolEvents) {
      const forward = (details: unknown) => this.emit(event, details);
      parts.tokens.on(event, forward);
      this.#forwards.push(() => parts.tokens.off(event, forward));
    }
    // With a listener, a connection that breaks while idle does not end the process.
    super.on("error", (error) => this.emit("connection-lost", { error }));
    this.#watchConnections();
    Object.defineProperty(this, "waitingCount", {
      get: () => Reflect.get(pg.Pool.prototype, "waitingCount", this) + this.#line.length,
    });
    if (parts.meter !== false) this.#measure(parts.meter);
  }

  #watchConnections(): void {
    const next = () => this.#line.length > 0 && queueMicrotask(() => this.#line.next());
    super.on("release", next);
    super.on("connect", () => {
      this.#open += 1;
    });
    super.on("remove", () => {
      this.#open -= 1;
      next();
    });
  }

  /** Resolves when address, user and token are known; a place to fail early, and to see the reason. */
  async ready(): Promise<void> {
    const client = await this.connect();
    client.release();
  }

  /** The pool of the readable secondaries; it shares the token and ends with this one. */
  readOnly(): LakebasePool {
    this.#readOnly ??= this.#parts.openReadOnly();
    return this.#readOnly;
  }

  override connect(): Promise<PoolClient>;
  override connect(callback: Callback): void;
  override connect(callback?: Callback): Promise<PoolClient> | undefined {
    if (callback !== undefined) {
      this.#checkOut(callback, true);
      return undefined;
    }
    // An application may bring its own kind of promise, as with pg.
    const OwnPromise = (this.options.Promise ?? Promise) as PromiseConstructor;
    return new OwnPromise((resolve, reject) => {
      this.#checkOut((error, client) => (error ? reject(error) : resolve(client as PoolClient)), true);
    });
  }

  /** Repeats the login once if the token was refused. The query has not been sent then, so none is repeated. */
  #checkOut(callback: Callback, mayRepeat: boolean, isFirst = false): void {
    if (this.#lacksToken()) {
      this.#waitForConnectionOrToken(callback, mayRepeat, isFirst);
      return;
    }
    const claimed = this.idleCount > 0 ? 1 : 0;
    this.#claimed += claimed;
    super.connect((error, client, done) => {
      this.#claimed -= claimed;
      if (error === undefined || error === null) {
        callback(undefined, client, done);
        return;
      }
      if (mayRepeat && wasRefused(error) && this.#parts.tokens.mayRecover && !this.ending) {
        this.emit("reconnect", { error });
        this.#checkOut(callback, false);
        return;
      }
      // pg-pool's own text for a time-out says less than the cause.
      callback(error.cause instanceof ConnectionProblem ? error.cause : error, undefined, done);
    });
  }

  /** Whether a new connection would have to wait for a token while others are open and may become free first. */
  #lacksToken(): boolean {
    const mayOpen = this.totalCount < this.options.max;
    if (this.#open === 0 || !mayOpen || this.idleCount > this.#claimed) return false;
    return !this.ending && this.#parts.tokens.current() === undefined;
  }

  #waitForConnectionOrToken(callback: Callback, mayRepeat: boolean, isFirst: boolean): void {
    const { tokens, targets, diagnostician } = this.#parts;
    const isAlone = this.#line.length === 0;
    const proceed = () => this.#checkOut(callback, mayRepeat, true);
    this.#line.join({ proceed, fail: (error) => callback(error, undefined, () => {}) }, isFirst);
    if (!isAlone) return;
    tokens.get().then(
      () => queueMicrotask(() => this.#line.everyone()),
      async (error) => {
        const problem = await diagnostician.explain("credential", asError(error), targets.current());
        queueMicrotask(() => this.#line.fail(problem));
      },
    );
  }

  override end(): Promise<void>;
  override end(callback: () => void): void;
  override end(callback?: () => void): Promise<void> | undefined {
    const isFirst = !this.ending;
    const ended = isFirst ? this.#end() : super.end();
    if (callback === undefined) return ended;
    ended.then(callback, callback);
    return undefined;
  }

  async #end(): Promise<void> {
    this.#ended = super.end();
    this.#line.everyone();
    try {
      await Promise.all([this.#ended, this.#readOnly?.end()]);
    } finally {
      if (this.#parts.ownsTokens) this.#parts.tokens.close();
      for (const stop of this.#forwards.splice(0)) stop();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.ending) await this.#ended;
    else await this.end();
  }

  #measure(given: Meter | undefined): void {
    const report = (meter: Meter | undefined) => {
      if (meter === undefined || this.ending) return;
      this.#forwards.push(reportMetrics(this, meter, this.#parts.targets.label));
    };
    if (given !== undefined) report(given);
    // Not before the first connection: applications set up their telemetry after they made their pool.
    else this.once("connect", () => void findMeter().then(report));
  }

  override on<E extends keyof LakebasePoolEvents>(
    event: E,
    listener: (...details: LakebasePoolEvents[E]) => void,
  ): this;
  override on(event: "error" | "release", listener: (error: Error, client: PoolClient) => void): this;
  override on(event: "connect" | "acquire" | "remove", listener: (client: PoolClient) => void): this;
  override on(event: string, listener: (...details: never[]) => void): this {
    return super.on(event as "error", listener as () => void);
  }
}

/** pg gives all connections the same life; reading it anew for each one spreads their ends. */
function spreadLifetimes(pool: LakebasePool, { lifetimeJitter, random }: PoolParts): void {
  const longest = pool.options.maxLifetimeSeconds;
  if (longest === 0 || lifetimeJitter === 0) return;
  Object.defineProperty(pool.options, "maxLifetimeSeconds", {
    enumerable: true,
    configurable: true,
    get: () => longest * (1 - lifetimeJitter * random()),
  });
}
