// When a token is refreshed, how long it is good for, and how failed attempts are spaced: pure arithmetic.

/** What the times of one token are worked out from. All fractions are of the token's whole life. */
export interface RefreshPolicy {
  /** Part of the life after which a token is replaced. */
  refreshAt: number;
  /** Spread of that moment to both sides, so that a fleet does not ask for tokens at the same second. */
  jitter: number;
  /** Remaining milliseconds below which a token is handed out only when no better one can be had. */
  floorMillis: number;
  /** Milliseconds before the second attempt after a failure; doubled with each further failure. */
  firstBackoffMillis: number;
  /** The longest wait between attempts. */
  maxBackoffMillis: number;
}

/** 50 minutes of an hour, spread by up to 10 %, given up 40 seconds before the end. */
export const defaultRefreshPolicy: RefreshPolicy = {
  refreshAt: 5 / 6,
  jitter: 0.1,
  floorMillis: 40_000,
  firstBackoffMillis: 1_000,
  maxBackoffMillis: 60_000,
};

/** Nobody who needs a token to connect waits longer than this for the next attempt. */
export const maxBackoffOnDemandMillis = 5_000;

/** The floor, scaled down for tokens that live only seconds. */
export function floorOf(policy: RefreshPolicy, lifetimeMillis: number): number {
  return Math.min(policy.floorMillis, lifetimeMillis * 0.05);
}

/** Milliseconds from issue to refresh; never after the floor, whatever chance says. */
export function refreshDelay(policy: RefreshPolicy, lifetimeMillis: number, random: number): number {
  const spread = 1 + policy.jitter * (2 * random - 1);
  return Math.min(
    lifetimeMillis * policy.refreshAt * spread,
    lifetimeMillis - floorOf(policy, lifetimeMillis),
  );
}

/**
 * Milliseconds to the next attempt after so many failures in a row: doubling, and between a half and the whole of
 * that by chance. With short-lived tokens everything is quicker in proportion.
 */
export function backoffDelay(
  policy: RefreshPolicy,
  failures: number,
  lifetimeMillis: number,
  random: number,
): number {
  const first = Math.min(policy.firstBackoffMillis, lifetimeMillis / 60);
  const longest = Math.min(policy.maxBackoffMillis, lifetimeMillis / 12);
  const doubled = Math.min(longest, first * 2 ** Math.min(failures - 1, 30));
  return doubled * (0.5 + random / 2);
}

/**
 * Milliseconds that a JSON web token was issued for, by its own claims; undefined when it does not tell. It does not
 * depend on this machine's clock, which may be behind and would let the token seem to live longer.
 */
export function issuedForMillis(token: string): number | undefined {
  try {
    const payload: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    const { iat, exp } = payload as { iat?: unknown; exp?: unknown };
    return typeof iat === "number" && typeof exp === "number" && exp > iat ? (exp - iat) * 1_000 : undefined;
  } catch {
    return undefined;
  }
}
