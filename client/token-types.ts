// What goes into and comes out of a token source.
import type { Clock } from "./clock.ts";
import type { RefreshPolicy } from "./token-schedule.ts";

/** A token as a credential API hands it out. */
export interface IssuedToken {
  /** The token: a secret. */
  readonly token: string;
  /** When it stops being a password. */
  readonly expiresAt: Date;
}

/** Asks a credential API for a new token; the signal ends an attempt that takes too long. */
export type MintToken = (signal: AbortSignal) => Promise<IssuedToken>;

/** Why a token was asked for. */
export type RefreshReason = "needed" | "due" | "refused";

/** What a token source tells. No event carries a token. */
export interface TokenEvents {
  /** A new token is in use from now on. */
  token: [{ expiresAt: Date; reason: RefreshReason; tookMillis: number }];
  /** An attempt failed; the next one is planned, and a token that is still valid stays in use. */
  "refresh-failed": [{ error: Error; failures: number; retryInMillis: number; validForMillis: number }];
  /** The server refused the token in use, which is dropped. */
  "token-refused": [{ expiresAt: Date }];
}

/** How tokens are kept. */
export interface TokenSourceOptions extends Partial<RefreshPolicy> {
  /** What asks for a new token. */
  mint: MintToken;
  /**
   * `background` (default): a timer refreshes the token, so that no connection waits for one. `lazy`: no timer;
   * who needs a token older than `cacheMillis` asks for a new one. For functions and request-driven apps, whose
   * process is frozen between requests.
   */
  mode?: "background" | "lazy";
  /** Lazy mode: age at which a token is replaced. Default: 40 minutes, at most two thirds of its life. */
  cacheMillis?: number;
  /** The longest one attempt may take. Default: 10 seconds. */
  attemptTimeoutMillis?: number;
  /** The longest that `get` waits while attempts fail. Default: 25 seconds. */
  waitMillis?: number;
  /** Time and chance. Default: the machine's. */
  clock?: Clock;
}
